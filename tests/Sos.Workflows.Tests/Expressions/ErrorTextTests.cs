using Sos.Workflows.Expressions;

namespace Sos.Workflows.Tests.Expressions;

public sealed class ErrorTextTests
{
    [Theory]
    [InlineData("1 +\n  foo.bar", 2, 3, "There is no variable 'foo'. Variables here: input.")]
    [InlineData("input.user.nam", 1, 12, "'input.user' has no field 'nam'. Did you mean 'input.user.name'?")]
    [InlineData("input.user['nam']", 1, 11, "'input.user' has no field 'nam'. Did you mean 'input.user.name'?")]
    [InlineData("input.user.zzzzz", 1, 12, "'input.user' has no field 'zzzzz'. It has: mail, name.")]
    [InlineData("input.list.x", 1, 12, "'input.list' is a list, so it has no field 'x'.")]
    [InlineData("input.nothing.x", 1, 15, "'input.nothing' is null, so it has no field 'x'. Test it with has() or ask with '!= null' first.")]
    [InlineData("input.list[0.5]", 1, 11, "A list's index is a whole number, but found 0.5.")]
    [InlineData("'abc'[0]", 1, 6, "The value before '[' is a string; only lists and maps have elements. Use charAt() or substring().")]
    [InlineData("1 && true", 1, 1, "'&&' needs a bool, but found an int.")]
    [InlineData("'a' ? 1 : 2", 1, 1, "The condition before '?' needs a bool, but found a string.")]
    [InlineData("[1].filter(x, x)", 1, 15, "The condition of the macro needs a bool, but found an int.")]
    [InlineData("5.map(x, x)", 1, 1, "The macro walks over a list or a map, but found an int.")]
    [InlineData("'a' in 'abc'", 1, 5, "'in' needs a list or a map on its right, but found a string. Use contains() for a part of a text.")]
    [InlineData("1 / 0", 1, 3, "The divisor is zero.")]
    [InlineData("9223372036854775807 + 1", 1, 21, "9223372036854775807 + 1 is out of range.")]
    [InlineData("{1.5: 2}", 1, 2, "A map's key is a string, int, uint or bool, but found a double.")]
    [InlineData("{'a': 1, 'a': 2}", 1, 10, "The key 'a' occurs twice in the map.")]
    [InlineData("int('x')", 1, 1, "'x' is not an int.")]
    [InlineData("timestamp('tomorrow')", 1, 1, "'tomorrow' is not a time such as '2026-11-30T08:00:00Z' in the years 1 to 9999.")]
    [InlineData("duration('1 day')", 1, 1, "'1 day' is not a duration such as '1h30m' or '1.5s' (units h, m, s, ms, us, ns; at most about 292 years).")]
    [InlineData("json(input)", 1, 1, "json() reads JSON text, but found a map. To write a value as JSON text, use toJson().")]
    [InlineData("json('{')", 1, 1, "The text is not JSON: there is a mistake at line 1, byte 2.")]
    [InlineData("string(input)", 1, 1, "string() does not accept a map. To write it as JSON text, use toJson().")]
    [InlineData("optional.none().value()", 1, 17, "The optional has no value. Use orValue() to give another one.")]
    [InlineData("timestamp(0).getHours('Moon/Base')", 1, 14, "There is no time zone 'Moon/Base'. Write one like 'Europe/Paris', 'UTC' or '+02:00'.")]
    [InlineData("'abc'.substring(5)", 1, 7, "'substring' got the position 5, outside of 0 to 3.")]
    [InlineData("'%q'.format([1])", 1, 6, "The format has the clause '%q', which does not exist. There are %s %d %f %e %x %X %o %b and %%.")]
    [InlineData("'%d'.format(['x'])", 1, 6, "The clause '%d' does not accept a string.")]
    public void An_evaluation_error_says_what_was_found_where_and_what_to_do(string source, int line, int column, string message)
    {
        var error = Cel.Fail(source, """{ "user": { "name": "Ada", "mail": "a@b" }, "list": [1], "nothing": null }""");
        Assert.Equal((line, column, message), (error.Line, error.Column, error.Message));
    }

    [Theory]
    [InlineData("", 1, 1, "The expression is empty.")]
    [InlineData("1 +", 1, 4, "The expression ends where a value should be.")]
    [InlineData("(1", 1, 3, "The expression ends where ')' should be.")]
    [InlineData("f(1 2)", 1, 5, "Found '2' where ',' or ')' should be.")]
    [InlineData("a b", 1, 3, "Found 'b' where an operator or the end of the expression should be.")]
    [InlineData("{'a' 1}", 1, 6, "Found '1' where ':' and the key's value should be.")]
    [InlineData("a ? b", 1, 6, "The expression ends where ':' and the value for the other case should be.")]
    [InlineData("'abc", 1, 1, "The string has no closing '.")]
    [InlineData("'a\nb'", 1, 1, "The string has no closing ' on its line. Write \\n for a line break, or use '''.")]
    [InlineData("'\\s'", 1, 2, "'\\s' is not an escape sequence. Write '\\\\' for a backslash, or use a raw string: r\"…\".")]
    [InlineData("'\\u12'", 1, 2, "'\\u' needs 4 hexadecimal digits after it.")]
    [InlineData("'\\ud800'", 1, 2, "U+D800 is not a Unicode character.")]
    [InlineData("a & b", 1, 3, "Found '&'. Did you mean '&&'?")]
    [InlineData("a # b", 1, 3, "Found '#', which has no meaning here.")]
    [InlineData("1abc", 1, 1, "'1abc' is not a number.")]
    [InlineData("9223372036854775808", 1, 1, "9223372036854775808 is outside of the range of int.")]
    [InlineData("1e999", 1, 1, "1e999 is outside of the range of double.")]
    [InlineData("if", 1, 1, "'if' is a reserved word and can't be a variable or function. As a field, write it behind a dot.")]
    [InlineData("has(a)", 1, 5, "has() takes a field, such as has(input.name). To look for a computed key, write: key in map.")]
    [InlineData("a.map(1, 2)", 1, 7, "map() needs the name of a new variable here.")]
    [InlineData("a.all(x, x, x)", 1, 10, "The two variables of all() need different names.")]
    [InlineData("math.greatest('a')", 1, 15, "math.greatest() compares numbers only.")]
    public void A_syntax_error_says_what_was_found_and_what_was_expected(string source, int line, int column, string message)
    {
        Assert.False(CelExpression.TryParse(source, null, out _, out var error));
        Assert.Equal((CelErrorCodes.Syntax, line, column, message), (error.Code, error.Line, error.Column, error.Message));
    }

    [Theory]
    [InlineData("sise(x)", "There is no function 'sise()'. Did you mean 'size'?")]
    [InlineData("x.mapp(y, y)", "There is no function '.mapp()'. Did you mean 'map'?")]
    [InlineData("x.length()", "There is no function '.length()'. CEL has size().")]
    [InlineData("math.sum(x)", "There is no function 'math.sum()'.")]
    [InlineData("math.flor(x)", "There is no function 'math.flor()'. Did you mean 'math.floor'?")]
    [InlineData("x.charAt()", "'.charAt()' is not used like this. Write: text.charAt(position).")]
    [InlineData("contains(x, y)", "'contains()' is not used like this. Write: text.contains(part).")]
    [InlineData("filter(x, y, z)", "'filter' is written behind a list or map: items.filter(…).")]
    [InlineData("x.filter(y)", "The macro '.filter()' has another number of arguments.")]
    [InlineData("Foo{a: 1}", "There is no message type 'Foo'. A map is written {\"a\": …}.")]
    public void Unknown_functions_are_problems_before_any_evaluation(string source, string message)
    {
        var problem = Assert.Single(CelExpression.Parse(source).Problems);
        Assert.Equal(message, problem.Message);
    }

    [Fact]
    public void An_unknown_function_fails_only_when_it_is_evaluated()
    {
        Cel.AssertGives("true", "true || nothing(1)");
        Assert.Equal(CelErrorCodes.UnknownFunction, Cel.Fail("nothing(1)").Code);
    }

    [Theory]
    [InlineData("fech", new[] { "fetch", "route" }, "fetch")]
    [InlineData("Input", new[] { "input" }, "input")]
    [InlineData("adn", new[] { "and", "ad" }, "and")]
    [InlineData("x", new[] { "y", "steps" }, null)]
    [InlineData("completely", new[] { "different" }, null)]
    [InlineData("", new[] { "a" }, null)]
    public void The_nearest_name_is_suggested_when_one_is_near(string name, string[] candidates, string? expected) =>
        Assert.Equal(expected, Suggestions.Nearest(name, candidates));
}
