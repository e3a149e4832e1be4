using System.Net.Http.Headers;
using System.Text;

namespace Sos.ServiceDefaults.Telemetry.Export;

/// <summary>
/// What a gRPC server says about a call. A refusal without a body has it in the headers; otherwise it comes behind the
/// body, so the body must have been read.
/// </summary>
/// <param name="Status">gRPC's number of the status; "0" is success.</param>
/// <param name="RetryDelay">How long the server asks to wait before the next attempt, where it does.</param>
readonly record struct GrpcAnswer(string Status, TimeSpan? RetryDelay)
{
    const string RetryInfo = "type.googleapis.com/google.rpc.RetryInfo";

    // opentelemetry.io/docs/specs/otlp: cancelled, deadline exceeded, aborted, out of range, unavailable and data loss
    // may pass; resource exhausted only does where the server says when to come again.
    public bool IsRetryable => Status is "1" or "4" or "10" or "11" or "14" or "15" || (Status is "8" && RetryDelay is not null);

    /// <summary>Null where the answer has no gRPC status.</summary>
    public static GrpcAnswer? Of(HttpResponseMessage response) =>
        (Find(response.Headers, "grpc-status") ?? Find(response.TrailingHeaders, "grpc-status")) is { } status
            ? new GrpcAnswer(status, ReadRetryDelay(Find(response.Headers, "grpc-status-details-bin") ?? Find(response.TrailingHeaders, "grpc-status-details-bin")))
            : null;

    /// <summary>Finds RetryInfo among the details of a google.rpc.Status; null where there is none that can be read.</summary>
    static TimeSpan? ReadRetryDelay(string? details)
    {
        if (details is not { Length: > 0 and <= 8_192 })
            return null;
        // gRPC leaves the padding out.
        var bytes = new byte[details.Length];
        if (!Convert.TryFromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '='), bytes, out var length))
            return null;
        var status = new ProtobufReader(bytes.AsSpan(0, length));
        while (status.Read())
        {
            if (status.Field != 3)
                continue;
            var isRetryInfo = false;
            ReadOnlySpan<byte> value = default;
            for (var any = new ProtobufReader(status.Bytes); any.Read();)
            {
                if (any.Field == 1)
                    isRetryInfo = Encoding.UTF8.GetString(any.Bytes) == RetryInfo;
                else if (any.Field == 2)
                    value = any.Bytes;
            }

            if (isRetryInfo)
                return ReadDuration(value);
        }

        return null;
    }

    static TimeSpan? ReadDuration(ReadOnlySpan<byte> retryInfo)
    {
        var info = new ProtobufReader(retryInfo);
        if (!info.Read() || info.Field != 1)
            return null;
        var (seconds, nanoseconds) = (0.0, 0.0);
        for (var duration = new ProtobufReader(info.Bytes); duration.Read();)
        {
            if (duration.Field == 1)
                seconds = duration.Number;
            else if (duration.Field == 2)
                nanoseconds = duration.Number;
        }

        return TimeSpan.FromSeconds(Math.Min(seconds + nanoseconds / 1e9, ExportTransport.LongestAskedDelay.TotalSeconds));
    }

    static string? Find(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    /// <summary>Steps over the numbers and the byte fields of a message; ends at anything else, or at a broken one.</summary>
    ref struct ProtobufReader(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> _rest = message;

        public int Field { get; private set; }

        public ulong Number { get; private set; }

        public ReadOnlySpan<byte> Bytes { get; private set; }

        public bool Read()
        {
            if (!TryReadNumber(out var tag))
                return false;
            Field = (int)(tag >> 3);
            Bytes = default;
            if (!TryReadNumber(out var number))
                return false;
            Number = number;
            switch (tag & 7)
            {
                case 0:
                    return true;
                case 2 when number <= (ulong)_rest.Length:
                    Bytes = _rest[..(int)number];
                    _rest = _rest[(int)number..];
                    return true;
                default:
                    return false;
            }
        }

        bool TryReadNumber(out ulong value)
        {
            value = 0;
            for (var shift = 0; shift < 64 && !_rest.IsEmpty; shift += 7)
            {
                var part = _rest[0];
                _rest = _rest[1..];
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80)
                    return true;
            }

            return false;
        }
    }
}
