using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Sos.Api.Problems;
using Sos.Workflows.Store;

namespace Sos.Api.Requests;

/// <summary>
/// Where the next page of a list begins, as text that clients pass back unread. It names the last item of the page
/// before and the kind of list; it grants nothing, so it needs no signature, only checking.
/// </summary>
internal static class Cursor
{
    private const int MaxLength = 400;

    /// <summary>The lists that have cursors.</summary>
    public enum List : byte
    {
        Workflows = 1,
        Versions,
        Executions,
        Steps,
        ApiKeys,
        Conversations,
        RagIndexes,
        RagDocuments,
        Schedules,
        Webhooks,
        ConnectorActions,
    }

    public static string Of(List list, Guid id)
    {
        Span<byte> bytes = stackalloc byte[17];
        bytes[0] = (byte)list;
        id.TryWriteBytes(bytes[1..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    public static Guid? ReadId(List list, string? cursor) =>
        Decode(list, cursor) is not { } bytes ? null
        : bytes.Length == 16 ? new Guid(bytes, bigEndian: true)
        : throw ProblemCatalog.InvalidCursor();

    public static string Of(List list, int number)
    {
        Span<byte> bytes = stackalloc byte[5];
        bytes[0] = (byte)list;
        BinaryPrimitives.WriteInt32BigEndian(bytes[1..], number);
        return Base64Url.EncodeToString(bytes);
    }

    public static int? ReadNumber(List list, string? cursor) =>
        Decode(list, cursor) is not { } bytes ? null
        : bytes.Length == 4 && BinaryPrimitives.ReadInt32BigEndian(bytes) is > 0 and var number ? number
        : throw ProblemCatalog.InvalidCursor();

    public static string Of(List list, long number)
    {
        Span<byte> bytes = stackalloc byte[9];
        bytes[0] = (byte)list;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], number);
        return Base64Url.EncodeToString(bytes);
    }

    public static long? ReadLong(List list, string? cursor) =>
        Decode(list, cursor) is not { } bytes ? null
        : bytes.Length == 8 && BinaryPrimitives.ReadInt64BigEndian(bytes) is > 0 and var number ? number
        : throw ProblemCatalog.InvalidCursor();

    public static string Of(StepPosition position)
    {
        var names = Encoding.UTF8.GetBytes($"{position.NodeId}\n{position.Iteration}");
        var bytes = new byte[9 + names.Length];
        bytes[0] = (byte)List.Steps;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), position.At.UtcTicks);
        names.CopyTo(bytes, 9);
        return Base64Url.EncodeToString(bytes);
    }

    public static StepPosition? ReadStep(string? cursor)
    {
        if (Decode(List.Steps, cursor) is not { } bytes)
            return null;
        if (bytes.Length < 10 || BinaryPrimitives.ReadInt64BigEndian(bytes) is var ticks && (ticks < 0 || ticks > DateTimeOffset.MaxValue.Ticks))
            throw ProblemCatalog.InvalidCursor();
        var names = Encoding.UTF8.GetString(bytes, 8, bytes.Length - 8).Split('\n');
        return names.Length == 2 && names.All(n => !n.Contains('\0', StringComparison.Ordinal))
            ? new StepPosition(new DateTimeOffset(ticks, TimeSpan.Zero), names[0], names[1])
            : throw ProblemCatalog.InvalidCursor();
    }

    private static byte[]? Decode(List list, string? cursor)
    {
        if (cursor is null)
            return null;
        if (cursor.Length is 0 or > MaxLength || !Base64Url.IsValid(cursor))
            throw ProblemCatalog.InvalidCursor();
        var bytes = Base64Url.DecodeFromChars(cursor);
        return bytes.Length > 1 && bytes[0] == (byte)list ? bytes[1..] : throw ProblemCatalog.InvalidCursor();
    }
}
