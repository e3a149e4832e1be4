using System.Text.Json;
using Sos.Workflows.Expressions.Evaluation;

namespace Sos.Workflows.Expressions.Functions;

/// <summary>Base64 and JSON as text.</summary>
internal static class EncodingFunctions
{
    internal static IEnumerable<Function> All =>
    [
        new("base64.encode", "base64.encode(bytes)", false, 1, (Function1)EncodeBase64),
        new("base64.decode", "base64.decode(text)", false, 1, (Function1)DecodeBase64),
        new("json", "json(text)", false, 1, (Function1)ReadJson),
        new("toJson", "toJson(value)", false, 1, (Function1)WriteJson),
    ];

    private static CelValue EncodeBase64(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type != CelType.Bytes)
            return a.Type == CelType.String ? call.Invalid("base64.encode() needs bytes. Write base64.encode(bytes(text)).") : call.NoOverload(a);
        state.ChargeResult(a.BytesArray.Length * 4L / 3);
        return CelValue.From(Convert.ToBase64String(a.BytesArray));
    }

    /// <summary>Padding may be missing.</summary>
    private static CelValue DecodeBase64(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type != CelType.String) return call.NoOverload(a);
        var text = a.Text;
        state.ChargeText(text.Length);
        var padded = text.Length % 4 is 2 or 3 && !text.EndsWith('=') ? text.PadRight((text.Length + 3) / 4 * 4, '=') : text;
        var bytes = new byte[padded.Length / 4 * 3 + 3];
        return Convert.TryFromBase64String(padded, bytes, out var count)
            ? CelValue.From(bytes[..count])
            : call.Invalid($"{Errors.Describe(a)} is not base64.");
    }

    private static CelValue ReadJson(ref EvaluationState state, CallSite call, in CelValue a)
    {
        if (a.Type != CelType.String)
            return call.Invalid($"json() reads JSON text, but found {Errors.WithArticle(a.Type)}. To write a value as JSON text, use toJson().");
        var text = a.Text;
        state.ChargeText(text.Length);
        try
        {
            return CelValue.FromJson(JsonElement.Parse(text));
        }
        catch (JsonException e)
        {
            var place = $"line {CelValue.From((e.LineNumber ?? 0) + 1)}, byte {CelValue.From((e.BytePositionInLine ?? 0) + 1)}";
            return call.Invalid($"The text is not JSON: there is a mistake at {place}.");
        }
    }

    private static CelValue WriteJson(ref EvaluationState state, CallSite call, in CelValue a)
    {
        try
        {
            var text = a.ToJsonText(state.Limits);
            state.ChargeText(text.Length);
            return CelValue.From(text);
        }
        catch (CelException e) when (e.Error.Code == CelErrorCodes.NotJson)
        {
            return Errors.Make(CelErrorCodes.NotJson, call.Position, e.Error.Message);
        }
    }
}
