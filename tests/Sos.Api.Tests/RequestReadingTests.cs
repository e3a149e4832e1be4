using FsCheck.Xunit;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Store;

namespace Sos.Api.Tests;

public sealed class RequestReadingTests
{
    [Theory]
    [InlineData("$", "")]
    [InlineData(null, "")]
    [InlineData("$.a", "/a")]
    [InlineData("$.nodes[0].config", "/nodes/0/config")]
    [InlineData("$['a b'].c", "/a b/c")]
    [InlineData("$['a/b~c']", "/a~1b~0c")]
    [InlineData("$[3][4]", "/3/4")]
    public void A_path_becomes_a_pointer(string? path, string pointer) => Assert.Equal(pointer, JsonMistake.Pointer(path));

    [Property]
    public bool A_cursor_gives_back_the_id_it_was_made_of(Guid id) =>
        Cursor.ReadId(Cursor.List.Executions, Cursor.Of(Cursor.List.Executions, id)) == id;

    [Property]
    public bool A_step_cursor_gives_back_its_position(DateTimeOffset at, Guid node)
    {
        var position = new StepPosition(at.ToUniversalTime(), $"n{node:N}", "3.0");
        return Cursor.ReadStep(Cursor.Of(position)) == position;
    }

    [Property]
    public bool No_text_makes_a_cursor_throw_anything_but_a_refusal(string? text)
    {
        foreach (Func<object?> read in (Func<object?>[])[() => Cursor.ReadId(Cursor.List.Workflows, text), () => Cursor.ReadNumber(Cursor.List.Versions, text), () => Cursor.ReadStep(text)])
        {
            try
            {
                read();
            }
            catch (ProblemException refusal)
            {
                Assert.Equal("invalid_cursor", refusal.Code);
            }
        }
        return true;
    }

    [Theory]
    [InlineData("2026-11-22", "2026-11-22T00:00:00Z")]
    [InlineData("2026-11-22T09:30Z", "2026-11-22T09:30:00Z")]
    [InlineData("2026-11-22T09:30:00.5Z", "2026-11-22T09:30:00.5Z")]
    [InlineData("2026-11-22T09:30:00 02:00", "2026-11-22T07:30:00Z")] // a '+' that was not encoded
    public void Times_are_read_with_their_offset(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), QueryText.Time("from", text));
}
