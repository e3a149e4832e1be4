using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Npgsql;
using Sos.Executors.Nodes.Database.Sql;
using Sos.Testing.Postgres;

namespace Sos.Executors.Tests.Nodes.Database;

public sealed class SqlStatementTests
{
    [Theory]
    [InlineData("select 1;")]
    [InlineData(" -- one\n select ';' /* ; /* ; */ ; */ ;; ")]
    [InlineData("select $$ ; $$, $a$ ; $$ ; $a$, E'\\'; ', U&'\\0041;', \";\"")]
    [InlineData("select E'a'\n'\\';'")]
    [InlineData("commit_all()")]
    public void One_statement_is_one(string sql) => Assert.True(SqlStatement.TryParse(sql, out _, out var problem), problem);

    [Theory]
    [InlineData("", "no SQL")]
    [InlineData(" ; -- nothing", "no SQL")]
    [InlineData("select 1; select 2", "several")]
    [InlineData("select '\\'; delete from t; --'", "several")]
    [InlineData("select 'a", "a quoted text")]
    [InlineData("select \"a", "a quoted name")]
    [InlineData("select $x$ a $y$", "$x$")]
    [InlineData("select 1 /* /* */", "a comment")]
    [InlineData("/* a */ CoMMit", "COMMIT can't")]
    [InlineData("begin", "BEGIN can't")]
    [InlineData("prepare transaction 'x'", "PREPARE can't")]
    [InlineData("rollback to savepoint a", "ROLLBACK can't")]
    [InlineData("copy t to stdout", "COPY can't")]
    [InlineData("select '\0'", "U+0000")]
    [InlineData("select 'x'@a$$''E'$$", "a quoted text")]
    [InlineData("select 1@E'\\'; drop table t", "a quoted text")]
    [InlineData("select 1 @a$$; drop table t; -- $$", "several")]
    public void What_is_not_one_statement_says_why(string sql, string part)
    {
        Assert.False(SqlStatement.TryParse(sql, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select * from t where a=@id and b<=@b_1", "id,b_1")]
    [InlineData("select @x, a@>@y, a<@z, a @@ q, @@w, '@v', \"@u\", a->>@k, @ -5, e@f", "x,y,k,f")]
    public void Names_are_told_from_operators(string sql, string names)
    {
        Assert.True(SqlStatement.TryParse(sql, out var statement, out _));
        Assert.Equal(names, string.Join(',', statement.Names));
    }

    [Theory]
    [InlineData("select * from tickets where id = 5 and name = 'x'", "SELECT", "SELECT tickets", "tickets", "select * from tickets where id = ? and name = ?")]
    [InlineData("INSERT INTO orders (a) VALUES ($1),(2)", "INSERT", "INSERT orders", "orders", "INSERT INTO orders (a) VALUES ($1),(?)")]
    [InlineData("insert into a.b select x from \"C\" c join d on true", "INSERT", "INSERT a.b SELECT \"C\" d", "a.b \"C\" d", "insert into a.b select x from \"C\" c join d on true")]
    [InlineData("update only t set a = E'\\'' where b in (1,  2, 3)", "UPDATE", "UPDATE t", "t", "update only t set a = ? where b in (?)")]
    [InlineData("with x as (select 1 from y), z as (delete from w returning *) select * from x, z", "SELECT", "SELECT y DELETE w SELECT", "y w", "with x as (select ? from y), z as (delete from w returning *) select * from x, z")]
    [InlineData("select extract(year from d), a is distinct from b from generate_series(1,2)", "SELECT", "SELECT", "", "select extract(year from d), a is distinct from b from generate_series(?)")]
    [InlineData("select * from (select 1 from a) b -- secret", "SELECT", "SELECT SELECT a", "a", "select * from (select ? from a) b")]
    [InlineData("do $$ begin perform 'secret'; end $$", "DO", "DO", "", "do ?")]
    [InlineData("alter user ann password 'secret'", "ALTER", "ALTER", "", "alter user ann password ?")]
    [InlineData("create table if not exists t (a int)", "CREATE", "CREATE t", "t", "create table if not exists t (a int)")]
    [InlineData("select a from t for update", "SELECT", "SELECT t", "t", "select a from t for update")]
    public void The_shape_tells_what_is_done_to_what_and_no_values(string sql, string operation, string summary, string tables, string text)
    {
        Assert.True(SqlStatement.TryParse(sql, out var statement, out _));
        var shape = SqlShape.Of(statement);
        Assert.Equal((operation, summary, tables, text), (shape.Operation, shape.Summary, string.Join(' ', shape.Collections), shape.Text));
    }

    [Property(MaxTest = 500)]
    public bool Any_text_can_be_read_and_no_literal_is_in_its_shape(NonNull<string> noise, PositiveInt number)
    {
        var secret = "s3cr3t" + number.Get;
        var sql = $"select '{secret}', {noise.Get.Replace("'", "''", StringComparison.Ordinal)}";
        return !SqlStatement.TryParse(sql, out var statement, out _) || !SqlShape.Of(statement).Text.Contains(secret, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_read_as_one_statement_is_one_for_PostgreSQL()
    {
        await using var database = await TestDatabase.CreateEmptyAsync();
        await using var connection = await database.DataSource.OpenConnectionAsync();
        string[] parts = ["'", "''", "\"", "$$", "$a$", "E'", "\\", ";", "--", "\n", "/*", "*/", "a", " ", "1", "U&'", "B'", "@", "-", "$1x"];
        var texts = Gen.Sample(Gen.Elements(parts).ArrayOf(9).Select(string.Concat), 20_000, 10);
        var read = 0;
        foreach (var text in texts.Select(t => "select " + t))
        {
            if (!SqlStatement.TryParse(text, out var statement, out _))
                continue;
            read++;
            // PostgreSQL reads the statement, and finds perhaps fault with it, but never a second one in it.
            await using var batch = connection.CreateBatch();
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement.Number(null).Text));
            try
            {
                await using var reader = await batch.ExecuteReaderAsync(System.Data.CommandBehavior.SchemaOnly);
            }
            catch (PostgresException e)
            {
                Assert.False(e.MessageText.Contains("multiple commands", StringComparison.Ordinal) || e.MessageText.StartsWith("unterminated", StringComparison.Ordinal), $"{text}: {e.MessageText}");
            }
        }
        Assert.True(read > 200, $"Only {read} texts could be read.");
    }

    [Fact]
    public void A_position_in_what_is_sent_is_found_in_what_is_written()
    {
        const string sql = "select @first, @first, @second, here";
        Assert.True(SqlStatement.TryParse(sql, out var statement, out _));
        var sent = statement.Number(new Dictionary<string, int> { ["first"] = 1, ["second"] = 2 });
        Assert.Equal("select $1, $1, $2, here", sent.Text);
        Assert.Equal(sql.IndexOf("here", StringComparison.Ordinal) + 1, sent.Written(sent.Text.IndexOf("here", StringComparison.Ordinal) + 1));
        Assert.Equal(3, sent.Written(3));
    }
}
