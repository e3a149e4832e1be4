namespace Sos.Workflows.Json;

/// <summary>What is wrong with a JSON document, and where.</summary>
/// <param name="Pointer">A JSON pointer into the document; empty for the document itself.</param>
/// <param name="Code">One of <see cref="JsonProblemCodes"/>, or one that a schema's <c>x-problem</c> names; stable, for programs.</param>
/// <param name="Message">A sentence that says what was found and what was expected.</param>
public sealed record JsonProblem(string Pointer, string Code, string Message);

/// <summary>The codes of <see cref="JsonProblem.Code"/>.</summary>
public static class JsonProblemCodes
{
    /// <summary>The text is not JSON.</summary>
    public const string InvalidJson = "invalid_json";

    /// <summary>The bytes are not UTF-8.</summary>
    public const string InvalidUtf8 = "invalid_utf8";

    /// <summary>A string or name holds U+0000, which PostgreSQL can't store.</summary>
    public const string NullCharacter = "null_character";

    /// <summary>A string or name holds half of a UTF-16 surrogate pair.</summary>
    public const string LoneSurrogate = "lone_surrogate";

    /// <summary>A number is beyond the range of a double, or has too many digits.</summary>
    public const string NumberOutOfRange = "number_out_of_range";

    /// <summary>Objects and arrays nest too deeply.</summary>
    public const string TooDeep = "too_deep";

    /// <summary>The document is too large.</summary>
    public const string TooLarge = "too_large";

    /// <summary>A value of the wrong type (<c>type</c>).</summary>
    public const string WrongType = "wrong_type";

    /// <summary>A value that is none of the allowed ones (<c>enum</c>, <c>const</c>).</summary>
    public const string NotAllowed = "value_not_allowed";

    /// <summary>A property that must be there isn't (<c>required</c>, <c>dependentRequired</c>).</summary>
    public const string MissingProperty = "missing_property";

    /// <summary>A property that must not be there is (<c>additionalProperties</c>).</summary>
    public const string UnknownProperty = "unknown_property";

    /// <summary>A property's name breaks the schema (<c>propertyNames</c>).</summary>
    public const string InvalidName = "invalid_property_name";

    /// <summary>Too few properties (<c>minProperties</c>).</summary>
    public const string TooFewProperties = "too_few_properties";

    /// <summary>Too many properties (<c>maxProperties</c>).</summary>
    public const string TooManyProperties = "too_many_properties";

    /// <summary>Too few items (<c>minItems</c>, <c>contains</c>).</summary>
    public const string TooFewItems = "too_few_items";

    /// <summary>Too many items (<c>maxItems</c>, <c>maxContains</c>).</summary>
    public const string TooManyItems = "too_many_items";

    /// <summary>An item that equals an earlier one (<c>uniqueItems</c>).</summary>
    public const string DuplicateItem = "duplicate_item";

    /// <summary>A string with too few characters (<c>minLength</c>).</summary>
    public const string TooShort = "too_short";

    /// <summary>A string with too many characters (<c>maxLength</c>).</summary>
    public const string TooLong = "too_long";

    /// <summary>A string that doesn't match (<c>pattern</c>).</summary>
    public const string PatternMismatch = "pattern_mismatch";

    /// <summary>A string of the wrong form (<c>format</c>).</summary>
    public const string InvalidFormat = "invalid_format";

    /// <summary>A number below its limit (<c>minimum</c>, <c>exclusiveMinimum</c>).</summary>
    public const string BelowMinimum = "below_minimum";

    /// <summary>A number above its limit (<c>maximum</c>, <c>exclusiveMaximum</c>).</summary>
    public const string AboveMaximum = "above_maximum";

    /// <summary>A number that isn't a multiple (<c>multipleOf</c>).</summary>
    public const string NotAMultiple = "not_a_multiple";

    /// <summary>A value that no alternative accepts (<c>anyOf</c>, <c>oneOf</c>).</summary>
    public const string NoMatch = "no_match";

    /// <summary>A value that more than one alternative accepts (<c>oneOf</c>).</summary>
    public const string AmbiguousMatch = "ambiguous_match";

    /// <summary>A value that the schema rules out (<c>not</c>, <c>false</c>).</summary>
    public const string Forbidden = "forbidden";

    /// <summary>Checking took more steps, depth or time than allowed.</summary>
    public const string TooComplex = "too_complex";

    /// <summary>A schema's keyword has a value that it can't have.</summary>
    public const string InvalidSchema = "invalid_schema";

    /// <summary>A schema uses something that this validator does not support.</summary>
    public const string UnsupportedSchema = "unsupported_schema";
}
