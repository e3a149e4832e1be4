using System.Text.Json;
using System.Text.Json.Serialization;
using Sos.Api.ApiKeys;
using Sos.Api.Budgets;
using Sos.Api.Connectors;
using Sos.Api.Credentials;
using Sos.Api.Executions;
using Sos.Api.Expressions;
using Sos.Api.Files;
using Sos.Api.ModelPrices;
using Sos.Api.ModelProviders;
using Sos.Api.NodeTypes;
using Sos.Api.Observability;
using Sos.Api.Problems;
using Sos.Api.Rag;
using Sos.Api.Requests;
using Sos.Api.Schedules;
using Sos.Api.Webhooks;
using Sos.Api.Workflows;
using Sos.Api.Workspaces;
using Sos.Workflows.Definitions;
using Sos.Workflows.Rag;
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
[JsonSerializable(typeof(ModelProviderRequest))]
[JsonSerializable(typeof(ModelProvider))]
[JsonSerializable(typeof(ListAnswer<ModelProvider>))]
[JsonSerializable(typeof(ModelPriceRequest))]
[JsonSerializable(typeof(ListedPrice))]
[JsonSerializable(typeof(ListAnswer<ListedPrice>))]
[JsonSerializable(typeof(CreateBudgetRequest))]
[JsonSerializable(typeof(ChangeBudgetRequest))]
[JsonSerializable(typeof(Budget))]
[JsonSerializable(typeof(ListAnswer<Budget>))]
[JsonSerializable(typeof(WorkspaceRequest))]
[JsonSerializable(typeof(Workspace))]
[JsonSerializable(typeof(ListAnswer<Conversation>))]
[JsonSerializable(typeof(CredentialRequest))]
[JsonSerializable(typeof(StoredCredential))]
[JsonSerializable(typeof(ListAnswer<StoredCredential>))]
[JsonSerializable(typeof(CredentialTestRequest))]
[JsonSerializable(typeof(CredentialTestAnswer))]
[JsonSerializable(typeof(AuthorizeAnswer))]
[JsonSerializable(typeof(ListAnswer<ConnectorSummary>))]
[JsonSerializable(typeof(ConnectorAnswer))]
[JsonSerializable(typeof(SavedConnectorAnswer))]
[JsonSerializable(typeof(ConnectorValidationAnswer))]
[JsonSerializable(typeof(ConnectorActionAnswer))]
[JsonSerializable(typeof(ListAnswer<ConnectorActionAnswer>))]
[JsonSerializable(typeof(FileAnswer))]
[JsonSerializable(typeof(ListAnswer<FileAnswer>))]
[JsonSerializable(typeof(ScheduleRequest))]
[JsonSerializable(typeof(Schedule))]
[JsonSerializable(typeof(ListAnswer<Schedule>))]
[JsonSerializable(typeof(SchedulePreviewRequest))]
[JsonSerializable(typeof(SchedulePreview))]
[JsonSerializable(typeof(WebhookRequest))]
[JsonSerializable(typeof(Webhook))]
[JsonSerializable(typeof(NewWebhook))]
[JsonSerializable(typeof(ListAnswer<Webhook>))]
[JsonSerializable(typeof(HookReceipt))]
[JsonSerializable(typeof(EvaluateRequest))]
[JsonSerializable(typeof(EvaluateAnswer))]
[JsonSerializable(typeof(RagIndexSettings))]
[JsonSerializable(typeof(RagIndexAnswer))]
[JsonSerializable(typeof(ListAnswer<RagIndexAnswer>))]
[JsonSerializable(typeof(ChangeRagIndexRequest))]
[JsonSerializable(typeof(RagUploadRequest))]
[JsonSerializable(typeof(RagUploadAnswer))]
[JsonSerializable(typeof(RagDocument))]
[JsonSerializable(typeof(ListAnswer<RagDocument>))]
[JsonSerializable(typeof(RagQueryRequest))]
[JsonSerializable(typeof(RagQueryAnswer))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ApiJson : JsonSerializerContext;
