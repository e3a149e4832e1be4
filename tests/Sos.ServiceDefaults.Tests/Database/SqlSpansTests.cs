using Sos.ServiceDefaults.Database;

namespace Sos.ServiceDefaults.Tests.Database;

public sealed class SqlSpansTests
{
    [Theory]
    [InlineData("select 1", "SELECT")]
    [InlineData("\n  INSERT INTO x", "INSERT")]
    [InlineData("With a AS (SELECT 1) SELECT", "WITH")]
    [InlineData("vacuum", "VACUUM")]
    [InlineData("", "postgresql")]
    [InlineData("-- note", "postgresql")]
    public void A_span_is_named_by_the_statements_first_word(string sql, string name) => Assert.Equal(name, SqlSpans.FirstWord(sql));
}
