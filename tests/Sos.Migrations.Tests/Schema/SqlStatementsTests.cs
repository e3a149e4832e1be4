using FsCheck.Xunit;
using Sos.Migrations.Schema;

namespace Sos.Migrations.Tests.Schema;

public sealed class SqlStatementsTests
{
    [Theory]
    [InlineData("select 1; select 2;", "select 1", "select 2")]
    [InlineData("select ';'; select 2", "select ';'", "select 2")]
    [InlineData("select 'it''s; one'; select 2", "select 'it''s; one'", "select 2")]
    [InlineData(@"select E'a\';b'; select 2", @"select E'a\';b'", "select 2")]
    [InlineData(@"select 'a\'; select 2", @"select 'a\'", "select 2")]
    [InlineData("select \"a;\"\"b\"; select 2", "select \"a;\"\"b\"", "select 2")]
    [InlineData("do $$ begin; end $$; select 2", "do $$ begin; end $$", "select 2")]
    [InlineData("do $x$ a; $$; b $x$; select 2", "do $x$ a; $$; b $x$", "select 2")]
    [InlineData("prepare p as select $1; select 2", "prepare p as select $1", "select 2")]
    [InlineData("select 1 -- one; and\n; select 2", "select 1 -- one; and", "select 2")]
    [InlineData("select 1 /* a; /* b; */ c; */; select 2", "select 1 /* a; /* b; */ c; */", "select 2")]
    [InlineData("begin; select 1; end; commit", "begin", "select 1", "end", "commit")]
    [InlineData("create function f() begin atomic select case when a then b end; select 2; end; select 3", "create function f() begin atomic select case when a then b end; select 2; end", "select 3")]
    [InlineData("create function f() returns int return 1; select 3", "create function f() returns int return 1", "select 3")]
    [InlineData("-- nothing\n;; /* here; */ ;")]
    [InlineData("")]
    public void A_script_is_split_where_PostgreSQL_ends_a_statement(string script, params string[] statements) =>
        Assert.Equal(statements, SqlStatements.Split(script).Select(each => each.Text));

    [Property]
    public bool Statements_joined_are_split_again_and_found_at_their_offsets(byte[] picks, byte gap)
    {
        string[] pieces = ["select 1", "do $$ a; b $$", "select ';--'", "select \"x;\"", "create function f() begin atomic select 1; end", "select E'\\';'", "select /* ; */ 1"];
        string[] gaps = [";", " ;\n", ";\n-- c; d\n", ";/* e; */"];
        var expected = picks.Select(pick => pieces[pick % pieces.Length]).ToList();
        var script = string.Join(gaps[gap % gaps.Length], expected);

        var found = SqlStatements.Split(script);

        return found.Select(each => each.Text).SequenceEqual(expected) && found.All(each => script.AsSpan(each.Offset).StartsWith(each.Text));
    }

    [Property]
    public bool Any_text_is_split_without_losing_a_statements_characters(string text)
    {
        var found = SqlStatements.Split(text ?? "");
        return found.All(each => text!.AsSpan(each.Offset).StartsWith(each.Text) && each.Text.Length > 0)
            && found.Zip(found.Skip(1)).All(pair => pair.First.Offset + pair.First.Text.Length <= pair.Second.Offset);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(2, 1, 3)]
    [InlineData(3, 2, 1)]
    [InlineData(6, 3, 1)]
    [InlineData(99, 3, 2)]
    public void A_position_is_told_as_line_and_column(int offset, int line, int column) =>
        Assert.Equal((line, column), SqlStatements.Locate("ab\nde\nf", offset));
}
