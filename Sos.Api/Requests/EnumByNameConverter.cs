using System.Text.Json.Serialization;

namespace Sos.Api.Requests;

/// <summary>Reads an enumeration by its names only; a number is a mistake.</summary>
public sealed class EnumByNameConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
    where T : struct, Enum;
