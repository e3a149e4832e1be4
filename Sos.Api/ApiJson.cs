using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Api.ApiKeys;
using Sos.Api.Executions;
using Sos.Api.Expressions;
using Sos.Api.NodeTypes;
using Sos.Api.Observability;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Api.Workflows;
using Sos.Workflows.Definitions;
using Sos.Workflows.Store;

namespace Sos.Api;

/// <summary>Source-generated JSON of every request and answer: camelCase; unknown and repeated properties refused.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    PropertyNameCaseInsensitive = false,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 64)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(WorkflowDefinition))]
[JsonSerializable(typeof(WorkflowAnswer))]
[JsonSerializable(typeof(ListAnswer<WorkflowAnswer>))]
[JsonSerializable(typeof(WorkflowVersion))]
[JsonSerializable(typeof(ListAnswer<WorkflowVersion>))]
[JsonSerializable(typeof(ValidationAnswer))]
[JsonSerializable(typeof(StartExecutionRequest))]
[JsonSerializable(typeof(ExecutionReceipt))]
[JsonSerializable(typeof(ExecutionAnswer))]
[JsonSerializable(typeof(ListAnswer<ExecutionSummary>))]
[JsonSerializable(typeof(ListAnswer<Step>))]
[JsonSerializable(typeof(ExecutionEvent))]
[JsonSerializable(typeof(EndOfEvents))]
[JsonSerializable(typeof(ApprovalRequest))]
[JsonSerializable(typeof(RerunRequest))]
[JsonSerializable(typeof(TraceAnswer))]
[JsonSerializable(typeof(MetricsAnswer))]
[JsonSerializable(typeof(ErrorsAnswer))]
[JsonSerializable(typeof(CostsAnswer))]
[JsonSerializable(typeof(ListAnswer<NodeTypeAnswer>))]
[JsonSerializable(typeof(CreateApiKeyRequest))]
[JsonSerializable(typeof(NewApiKey))]
[JsonSerializable(typeof(ListAnswer<ApiKey>))]
[JsonSerializable(typeof(EvaluateRequest))]
[JsonSerializable(typeof(EvaluateAnswer))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ApiJson : JsonSerializerContext;
