namespace Sos.Workflows.Expressions;

/// <summary>The types of CEL's values.</summary>
public enum CelType : byte
{
    /// <summary>The type of <c>null</c>, <c>null_type</c>.</summary>
    Null,

    /// <summary><c>bool</c>.</summary>
    Bool,

    /// <summary><c>int</c>, 64 bits, signed.</summary>
    Int,

    /// <summary><c>uint</c>, 64 bits, unsigned.</summary>
    UInt,

    /// <summary><c>double</c>, IEEE 754 binary64.</summary>
    Double,

    /// <summary><c>string</c>, a sequence of Unicode code points.</summary>
    String,

    /// <summary><c>bytes</c>.</summary>
    Bytes,

    /// <summary><c>list</c>.</summary>
    List,

    /// <summary><c>map</c>, with keys of type int, uint, bool or string.</summary>
    Map,

    /// <summary><c>google.protobuf.Timestamp</c>, years 1 to 9999 to the nanosecond.</summary>
    Timestamp,

    /// <summary><c>google.protobuf.Duration</c>, about ±292 years to the nanosecond.</summary>
    Duration,

    /// <summary><c>type</c>, the type of types.</summary>
    Type,

    /// <summary><c>optional_type</c>, a value that may be absent.</summary>
    Optional,
}

internal static class CelTypes
{
    /// <summary>An error on its way up; never seen outside of an evaluation.</summary>
    internal const CelType Error = (CelType)255;

    private static readonly string[] Names =
    [
        "null_type", "bool", "int", "uint", "double", "string", "bytes", "list", "map",
        "google.protobuf.Timestamp", "google.protobuf.Duration", "type", "optional_type",
    ];

    private static readonly Dictionary<string, CelValue> Values =
        Names.ToDictionary(name => name, CelValue.TypeNamed, StringComparer.Ordinal);

    internal static string NameOf(CelType type) => type == Error ? "error" : Names[(int)type];

    /// <summary>The name that error texts use: the last part of the type's name, in lower case.</summary>
    internal static string ShortNameOf(CelType type) => type switch
    {
        CelType.Null => "null",
        CelType.Timestamp => "timestamp",
        CelType.Duration => "duration",
        CelType.Optional => "optional",
        _ => NameOf(type),
    };

    /// <summary>The type value that an expression such as <c>int</c> denotes.</summary>
    internal static bool TryGetDenoted(string name, out CelValue value) => Values.TryGetValue(name, out value);

    internal static bool IsNumber(this CelType type) => type is CelType.Int or CelType.UInt or CelType.Double;
}
