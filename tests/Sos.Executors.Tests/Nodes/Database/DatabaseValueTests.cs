using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Sos.Executors.Tests.Nodes.Database;

/// <summary>What PostgreSQL's values become in JSON, and JSON's values in PostgreSQL.</summary>
public sealed class DatabaseValueTests
{
    public static TheoryData<string, string> Results => new()
    {
        { "true", "true" },
        { "null::text", "null" },
        { "9223372036854775807::bigint", "9223372036854775807" },
        { "(-32768)::smallint", "-32768" },
        { "1234567890123456789012345678901234567890.10::numeric", "\"1234567890123456789012345678901234567890.10\"" },
        { "'NaN'::numeric", "\"NaN\"" },
        { "0.1::float8", "0.1" },
        { "1e300::float8", "1e+300" },
        { "'-Infinity'::float4", "\"-Infinity\"" },
        { "'2026-11-05 10:00:00.123456+01'::timestamptz", "\"2026-11-05T09:00:00.123456Z\"" },
        { "'infinity'::timestamptz", "\"infinity\"" },
        { "'0044-03-15 12:00:00+00 BC'::timestamptz", "\"0044-03-15 12:00:00+00 BC\"" },
        { "'2026-11-05 10:00:00.5'::timestamp", "\"2026-11-05T10:00:00.5\"" },
        { "'2026-11-05'::date", "\"2026-11-05\"" },
        { "'10:00:00.25'::time", "\"10:00:00.25\"" },
        { "'1 year 2 days 03:04:05.6'::interval", "\"P1Y2DT3H4M5.6S\"" },
        { "'0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e77'::uuid", "\"0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e77\"" },
        { "'\\x00ff10'::bytea", "\"AP8Q\"" },
        { "'{\"a\": [1, 1.50]}'::jsonb", "{\"a\": [1, 1.50]}" },
        { "'{\"b\": \"\\u00e9\"}'::json", "{\"b\": \"é\"}" },
        { "repeat('[', 60) :: text || repeat(']', 60)", $"\"{new string('[', 60)}{new string(']', 60)}\"" },
        { "(repeat('[', 60) || repeat(']', 60))::json", $"\"{new string('[', 60)}{new string(']', 60)}\"" },
        { "'{1,null,3}'::int[]", "[1, null, 3]" },
        { "array[[1,2],[3,4]]", "[[1, 2], [3, 4]]" },
        { "'[0:1]={5,6}'::int[]", "[5, 6]" },
        { "array['a,b', 'c\"d\\e', '', 'NULL', null]", "[\"a,b\", \"c\\\"d\\\\e\", \"\", \"NULL\", null]" },
        { "array['{\"x\": 1}'::jsonb]", "[{\"x\": 1}]" },
        { "'{}'::timestamptz[]", "[]" },
        { "int4range(1, 5)", "\"[1,5)\"" },
        { "'{[1,3),[7,9)}'::int4multirange", "\"{[1,3),[7,9)}\"" },
        { "row(1, 'a b')", "\"(1,\\\"a b\\\")\"" },
        { "'10.1.2.3/8'::inet", "\"10.1.2.3/8\"" },
        { "'12.34'::money", "\"$12.34\"" },
        { "B'101'", "\"101\"" },
        { "'a'::char(3)", "\"a  \"" },
        { "'(1,2)'::point", "\"(1,2)\"" },
        { "'{(1,1),(0,0);(2,2),(1,1)}'::box[]", "\"{(1,1),(0,0);(2,2),(1,1)}\"" },
    };

    [Fact]
    public async Task Results_lose_nothing()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync("create type mood as enum ('fine'); create domain amount as integer; create domain deep as amount");
        var results = Results.Select(r => ((string)r[0], (string)r[1])).Concat([("'fine'::mood", "\"fine\""), ("array['fine'::mood]", "[\"fine\"]"), ("7::deep", "7")]);
        foreach (var (sql, expected) in results)
        {
            var value = await host.ValueAsync("select " + sql);
            Assert.True(JsonElement.DeepEquals(JsonElement.Parse(expected), value), $"{sql}: expected {expected}, got {value.GetRawText()}");
        }
    }

    [Fact]
    public async Task A_database_of_other_habits_gives_the_same_forms()
    {
        await using var host = await DatabaseHost.StartAsync();
        await host.Server.ExecuteAsync($"""
            alter database {host.Login.Database} set timezone to 'Asia/Tokyo';
            alter database {host.Login.Database} set datestyle to 'German';
            alter database {host.Login.Database} set intervalstyle to 'postgres_verbose';
            alter database {host.Login.Database} set bytea_output to 'escape';
            alter database {host.Login.Database} set extra_float_digits to -5;
            alter database {host.Login.Database} set standard_conforming_strings to off
            """);
        var row = Assert.Single((await host.RowsAsync("""
            select '2026-11-05T09:00:00Z'::timestamptz as at, '2026-11-05'::date as day, '1 day'::interval as span, '\x00ff'::bytea as bytes, 0.30000000000000004::float8 as double, 'a\b' as text
            """)).EnumerateArray());
        NodeRun.AssertJson("""{"at": "2026-11-05T09:00:00Z", "day": "2026-11-05", "span": "P1D", "bytes": "AP8=", "double": 0.30000000000000004, "text": "a\\b"}""", row);
    }

    [Fact]
    public async Task Columns_are_named_and_typed_and_a_name_that_is_there_twice_gets_a_number()
    {
        await using var host = await DatabaseHost.StartAsync();
        var output = await host.OutputAsync("""
            "sql": "select 1 as id, 'a'::varchar(9) as id, null::numeric(10,2) as id_2, 2 as id"
            """);
        NodeRun.AssertJson("""
            { "rows": [{ "id": 1, "id_2": "a", "id_2_2": null, "id_3": 2 }], "rowCount": 1, "truncated": false,
              "columns": [{ "name": "id", "type": "integer" }, { "name": "id_2", "type": "character varying(9)" }, { "name": "id_2_2", "type": "numeric(10,2)" }, { "name": "id_3", "type": "integer" }] }
            """, output);
    }

    [Theory]
    [InlineData("pg_typeof($1)::text", "5", "\"integer\"")]
    [InlineData("pg_typeof($1)::text", "5.0", "\"integer\"")]
    [InlineData("pg_typeof($1)::text", "3000000000", "\"bigint\"")]
    [InlineData("pg_typeof($1)::text", "1.5", "\"numeric\"")]
    [InlineData("pg_typeof($1)::text", "true", "\"boolean\"")]
    [InlineData("pg_typeof($1)::text", "{}", "\"jsonb\"")]
    [InlineData("pg_typeof($1)::text", "[1]", "\"jsonb\"")]
    [InlineData("$1::numeric", "99999999999999999999999999999999999999", "\"99999999999999999999999999999999999999\"")]
    [InlineData("$1::float8", "1e-300", "1e-300")]
    [InlineData("$1", "\"text\"", "\"text\"")]
    [InlineData("$1 + 1", "\"41\"", "42")]
    [InlineData("$1::uuid", "\"0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e77\"", "\"0198c5a2-6f3e-7c1b-9a53-0d6a4b1f2e77\"")]
    [InlineData("make_interval(days => $1)", "3", "\"P3D\"")]
    [InlineData("date '2026-11-05' + $1", "1", "\"2026-11-06\"")]
    [InlineData("$1::int[]", "[1, null, 3]", "[1, null, 3]")]
    [InlineData("cast($1 as character varying(5)[])", "[\"a,b\", \"\\\"\"]", "[\"a,b\", \"\\\"\"]")]
    [InlineData("'b' = any($1)", "[\"a\", \"b\"]", "true")]
    [InlineData("$1::int[]", "[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]")]
    [InlineData("$1 -> 'a'", "{\"a\": [1]}", "[1]")]
    [InlineData("$1::text", "null", "null")]
    public async Task Parameters_have_the_types_of_literals(string sql, string parameter, string expected)
    {
        await using var host = await DatabaseHost.StartAsync();
        NodeRun.AssertJson(expected, await host.ValueAsync("select " + sql, $"[{parameter}]"));
    }

    [Fact]
    public async Task Named_parameters_may_come_in_any_order_and_more_than_once()
    {
        await using var host = await DatabaseHost.StartAsync();
        var value = await host.ValueAsync("select @b || @a || @b || '@a' || $$@b$$ /* @c */", """{ "a": "1", "b": "2", "more": 3 }""");
        Assert.Equal("212@a@b", value.GetString());
    }

    [Fact]
    public async Task Any_text_and_any_number_come_back_as_they_went()
    {
        await using var host = await DatabaseHost.StartAsync();
        var texts = Gen.Sample(ArbMap.Default.GeneratorFor<UnicodeString>().Select(s => s.Get ?? "").Where(s => !s.Contains('\0') && s == string.Concat(s.EnumerateRunes())), 40, 30)
            .Append("'; drop table x; --").Append("{{ input }}").Append("\\").ToArray();
        var longs = Gen.Sample(ArbMap.Default.GeneratorFor<long>(), 40, 1000).Append(long.MaxValue).Append(long.MinValue).ToArray();
        var doubles = Gen.Sample(ArbMap.Default.GeneratorFor<double>().Where(double.IsFinite), 40, 100).ToArray();
        var sent = JsonSerializer.Serialize(texts);
        NodeRun.AssertJson(sent, await host.ValueAsync("select $1", $"[{sent}]"));
        NodeRun.AssertJson(sent, await host.ValueAsync("select $1::text[]", $"[{sent}]"));
        NodeRun.AssertJson(JsonSerializer.Serialize(longs), await host.ValueAsync("select $1::bigint[]", $"[{JsonSerializer.Serialize(longs)}]"));
        var row = Assert.Single((await host.RowsAsync(
            $"select {string.Join(", ", doubles.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"${i + 1}::float8 as c{i}")))}",
            JsonSerializer.Serialize(doubles))).EnumerateArray());
        Assert.Equal(doubles, row.EnumerateObject().Select(c => c.Value.GetDouble()));
    }
}
