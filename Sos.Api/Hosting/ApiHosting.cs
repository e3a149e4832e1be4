using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Sos.Api.ApiKeys;
using Sos.Api.Auth;
using Sos.Api.Budgets;
using Sos.Api.Connectors;
using Sos.Api.Conversations;
using Sos.Api.Credentials;
using Sos.Api.Executions;
using Sos.Api.Expressions;
using Sos.Api.Files;
using Sos.Api.ModelPrices;
using Sos.Api.ModelProviders;
using Sos.Api.NodeTypes;
using Sos.Api.Observability;
using Sos.Api.OpenApi;
using Sos.Api.Pages.Editor;
using Sos.Api.Pages.Hosting;
using Sos.Api.Pages.SignIn;
using Sos.Api.Problems;
using Sos.Api.Rag;
using Sos.Api.Schedules;
using Sos.Api.Webhooks;
using Sos.Api.Workflows;
using Sos.Api.Workspaces;
using Sos.Executors.Files;
using Sos.Executors.Hosting;
using Sos.Workflows.Store;
using Sos.Workflows.Validation;

namespace Sos.Api.Hosting;

/// <summary>Puts the API into a host.</summary>
internal static class ApiHosting
{
    private const string DataSourceKey = "sos-api";
    private const string ByPath = "ByPath";

    /// <summary>Adds what the API consists of; it works on the database <c>ConnectionStrings:sos</c>.</summary>
    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.AddNpgsqlDataSource("sos");
        builder.AddKeyedNpgsqlDataSource(DataSourceKey, "sos", source => DatabaseRole.ActAs(source, DatabaseRole.Api));
        var limits = AddLimits(builder);
        builder.AddKeyRing();
        AddStore(builder.Services);
        builder.Services.AddFiles();

        builder.Services.AddSingleton<WorkflowValidator>();
        builder.Services.AddSingleton<DefinitionInput>();
        builder.Services.AddSingleton<WorkflowSave>();
        builder.Services.AddSingleton<WorkflowCache>();
        builder.Services.AddSingleton<ExecutionStart>();
        builder.Services.AddSingleton<ApprovalDecisions>();
        builder.Services.AddSingleton<OwnWorkflows>();
        builder.Services.AddSingleton<NodeTest>();
        builder.Services.AddSingleton<RagWorkflows>();
        builder.Services.AddSingleton<RagIndexChanges>();
        builder.Services.AddSingleton<RagUploads>();
        builder.Services.AddSingleton<RagQueries>();
        builder.Services.AddSingleton<CredentialWorkflows>();
        builder.Services.AddSingleton<CredentialChanges>();
        builder.Services.AddSingleton<CredentialSignIn>();
        builder.Services.AddSingleton<ConnectorReader>();
        builder.Services.AddSingleton<ConnectorDirectory>();
        builder.Services.AddSingleton<ConnectorChanges>();
        builder.Services.AddSingleton(PublicAddress.Read(builder.Configuration));
        builder.Services.AddSingleton<EventStream>();
        builder.Services.AddSingleton<TraceLinks>();
        builder.Services.AddSingleton<ExecutionWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ExecutionWatch>());
        builder.Services.AddSingleton<IExternalScopeProvider, HookPathScopes>();
        builder.Services.AddSingleton<HookLimits>();
        builder.Services.AddSingleton<HookWait>();
        builder.Services.AddSingleton<HookEndpoint>();
        builder.Services.AddSingleton<KeyUse>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyUse>());
        builder.Services.AddSingleton<KeyCache>();
        builder.Services.AddSingleton<ApiKeyChanges>();
        builder.Services.AddSingleton<BudgetChanges>();
        builder.Services.AddSingleton<ScheduleChanges>();
        builder.Services.AddSingleton<WebhookChanges>();

        // The core alone: the full package would make data protection keys in the user's home, which nothing here needs.
        builder.Services.AddAuthenticationCore(options => options.DefaultScheme = ByPath);
        builder.Services.AddWebEncoders();
        new AuthenticationBuilder(builder.Services)
            .AddPolicyScheme(ByPath, null, options => options.ForwardDefaultSelector = context =>
                PagesHosting.IsPage(context.Request.Path) ? SessionAuthentication.SchemeName : ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        builder.Services.AddAuthorization(Roles.AddPolicies);
        builder.Services.AddRateLimits(limits.RateLimit);
        builder.Services.AddRequestTimeouts(options =>
        {
            options.DefaultPolicy = new RequestTimeoutPolicy { Timeout = TimeSpan.FromSeconds(30) };
            options.AddPolicy(ApiLimits.WaitTimeoutPolicy, TimeSpan.FromSeconds(90));
            options.AddPolicy(FileEndpoints.TransferTimeoutPolicy, TimeSpan.FromMinutes(10));
        });
        builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        builder.Services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        builder.Services.AddSosOpenApi();
        builder.AddPages();
    }

    /// <summary>Adds the way that requests go.</summary>
    public static void UseApi(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UseMiddleware<ProblemMiddleware>();
        app.UsePages();
        app.UseRouting();
        app.Use(HookEndpoint.MaskAsync);
        app.UseWhen(context => !PagesHosting.IsPlumbing(context.Request.Path), timed => timed.UseRequestTimeouts());
        app.UseMiddleware<SchemaGate>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();

        app.MapDefaultEndpoints();
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.MapSignInReturn();
        var api = app.MapGroup("/api/v1");
        api.MapWorkflows();
        api.MapExecutions();
        api.MapControls();
        api.MapObservability();
        api.MapNodeTypes();
        api.MapModelProviders();
        api.MapCredentials();
        api.MapSignIns();
        api.MapConnectors();
        api.MapModelPrices();
        api.MapBudgets();
        api.MapConversations();
        api.MapWorkspace();
        api.MapRagIndexes();
        api.MapRagDocuments();
        api.MapFiles();
        api.MapSchedules();
        api.MapWebhooks();
        api.MapApiKeys();
        api.MapExpressions();
        HookEndpoint.Map(app);
        app.MapPages();
    }

    private static ApiLimits AddLimits(WebApplicationBuilder builder)
    {
        var limits = new ApiLimits();
        builder.Configuration.GetSection(ApiLimits.Section).Bind(limits);
        builder.Services.AddOptions<ApiLimits>().BindConfiguration(ApiLimits.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<ApiLimits>>().Value);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Math.Max(limits.MaxInputBytes, DefinitionLimits.Bytes) + 64 * 1024;
            kestrel.Limits.MaxConcurrentConnections = limits.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        });
        return limits;
    }

    private static void AddStore(IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => new WorkspaceDatabase(provider.GetRequiredKeyedService<NpgsqlDataSource>(DataSourceKey)));
        services.AddSingleton(provider => new NotificationListener(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NotificationListener>>()));
        services.AddSingleton<WorkflowStore>();
        services.AddSingleton<ExecutionSubmitter>();
        services.AddSingleton<ExecutionReader>();
        services.AddSingleton<ExecutionInspector>();
        services.AddSingleton<ExecutionSignals>();
        services.AddSingleton<ExecutionReplay>();
        services.AddSingleton<ExecutionStatistics>();
        services.AddSingleton<WorkspaceOverviewReader>();
        services.AddSingleton<ApprovalReader>();
        services.AddSingleton<TriggerHistory>();
        services.AddSingleton<CostReader>();
        services.AddSingleton<WorkflowStatistics>();
        services.AddSingleton<TraceReader>();
        services.AddSingleton<TraceListing>();
        services.AddSingleton<RagIndexStore>();
        services.AddSingleton<RagDocumentStore>();
        services.AddSingleton<RagChunkStore>();
        services.AddSingleton<RagIngestions>();
        services.AddSingleton<FileAudit>();
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<FirstWorkspace>();
        services.AddSingleton<ModelProviderStore>();
        services.AddSingleton<CredentialStore>();
        services.AddSingleton<CredentialSignInStore>();
        services.AddSingleton<ConnectorStore>();
        services.AddSingleton<WorkflowReferences>();
        services.AddSingleton<ModelPriceStore>();
        services.AddSingleton<BudgetStore>();
        services.AddSingleton<ConversationStore>();
        services.AddSingleton<WorkspaceStore>();
        services.AddSingleton<ScheduleStore>();
        services.AddSingleton<WebhookStore>();
        services.AddSingleton<WebhookInbox>();
    }
}
