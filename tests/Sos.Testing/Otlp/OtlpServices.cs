using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpenTelemetry.Proto.Collector.Logs.V1;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Collector.Trace.V1;

namespace Sos.Testing.Otlp;

sealed class OtlpTraceService(OtlpReceiver receiver) : TraceService.TraceServiceBase
{
    public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context) =>
        OtlpEndpoints.AnswerAsync(receiver, context, () => receiver.Add(request, context.GetHttpContext()), new ExportTraceServiceResponse());
}

sealed class OtlpMetricsService(OtlpReceiver receiver) : MetricsService.MetricsServiceBase
{
    public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context) =>
        OtlpEndpoints.AnswerAsync(receiver, context, () => receiver.Add(request, context.GetHttpContext()), new ExportMetricsServiceResponse());
}

sealed class OtlpLogsService(OtlpReceiver receiver) : LogsService.LogsServiceBase
{
    public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context) =>
        OtlpEndpoints.AnswerAsync(receiver, context, () => receiver.Add(request, context.GetHttpContext()), new ExportLogsServiceResponse());
}

/// <summary>The three signals over gRPC and over HTTP/protobuf.</summary>
static class OtlpEndpoints
{
    public static void MapOtlp(this WebApplication app, OtlpReceiver receiver)
    {
        app.MapGrpcService<OtlpTraceService>();
        app.MapGrpcService<OtlpMetricsService>();
        app.MapGrpcService<OtlpLogsService>();
        app.MapSignal(receiver, "/v1/traces", ExportTraceServiceRequest.Parser, receiver.Add, new ExportTraceServiceResponse());
        app.MapSignal(receiver, "/v1/metrics", ExportMetricsServiceRequest.Parser, receiver.Add, new ExportMetricsServiceResponse());
        app.MapSignal(receiver, "/v1/logs", ExportLogsServiceRequest.Parser, receiver.Add, new ExportLogsServiceResponse());
    }

    public static async Task<TResponse> AnswerAsync<TResponse>(OtlpReceiver receiver, ServerCallContext context, Action add, TResponse response)
    {
        switch (await receiver.EnterAsync(context.CancellationToken))
        {
            case OtlpAnswer.Unavailable:
                throw new RpcException(new Status(StatusCode.Unavailable, "the receiver was told to be unavailable"));
            case OtlpAnswer.Reject:
                throw new RpcException(new Status(StatusCode.InvalidArgument, "the receiver was told to reject"));
            case OtlpAnswer.Exhausted:
                throw new RpcException(new Status(StatusCode.ResourceExhausted, "the receiver was told to be exhausted"), RetryInfo(receiver.RetryAfter));
            case OtlpAnswer.Break:
                await context.WriteResponseHeadersAsync([]);
                context.GetHttpContext().Abort();
                return response;
            default:
                add();
                return response;
        }
    }

    /// <summary>The trailer in which gRPC carries a <c>google.rpc.Status</c> with a <c>google.rpc.RetryInfo</c>.</summary>
    static Metadata RetryInfo(TimeSpan? delay)
    {
        if (delay is null)
            return [];
        var info = Write(output => WriteMessage(output, 1, Duration.FromTimeSpan(delay.Value).ToByteString()));
        var detail = new Any { TypeUrl = "type.googleapis.com/google.rpc.RetryInfo", Value = info };
        var status = Write(output =>
        {
            output.WriteTag(1, WireFormat.WireType.Varint);
            output.WriteInt32((int)StatusCode.ResourceExhausted);
            WriteMessage(output, 3, detail.ToByteString());
        });
        return [new Metadata.Entry("grpc-status-details-bin", status.ToByteArray())];
    }

    static void WriteMessage(CodedOutputStream output, int field, ByteString message)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(message);
    }

    static ByteString Write(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
            write(output);
        return ByteString.CopyFrom(bytes.ToArray());
    }

    static void MapSignal<TRequest>(
        this IEndpointRouteBuilder app, OtlpReceiver receiver, string path, MessageParser<TRequest> parser,
        Action<TRequest, HttpContext> add, IMessage response) where TRequest : IMessage<TRequest> =>
        app.MapPost(path, async (HttpContext context) =>
        {
            if (context.Request.ContentType != "application/x-protobuf")
                return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            switch (await receiver.EnterAsync(context.RequestAborted))
            {
                case OtlpAnswer.Unavailable:
                    return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
                case OtlpAnswer.Reject:
                    return Results.StatusCode(StatusCodes.Status400BadRequest);
                case OtlpAnswer.Exhausted:
                    if (receiver.RetryAfter is { } delay)
                        context.Response.Headers.RetryAfter = delay.TotalSeconds.ToString(CultureInfo.InvariantCulture);
                    return Results.StatusCode(StatusCodes.Status429TooManyRequests);
                case OtlpAnswer.Break:
                    context.Response.ContentLength = 100;
                    await context.Response.Body.WriteAsync(new byte[10], context.RequestAborted);
                    await context.Response.Body.FlushAsync(context.RequestAborted);
                    context.Abort();
                    return Results.Empty;
                default:
                    add(parser.ParseFrom(body.ToArray()), context);
                    return Results.Bytes(response.ToByteArray(), "application/x-protobuf");
            }
        });
}
