namespace Sos.Workflows.Telemetry;

/// <summary>SOS's own names on the span of a model call.</summary>
public static class LlmAttributes
{
#pragma warning disable CS1591 // each is documented once, in docs/telemetry.md
    public const string Provider = "llm.provider";
    public const string Model = "llm.model";
    public const string Connection = "llm.connection";
    public const string InputTokens = "llm.input_tokens";
    public const string OutputTokens = "llm.output_tokens";
    public const string CostUsd = "llm.cost_usd";
    public const string LatencyMs = "llm.latency_ms";
    public const string Attempts = "llm.attempts";
    public const string IsDemo = "llm.demo";
#pragma warning restore CS1591
}

/// <summary>
/// OpenTelemetry's names for generative AI, version 1.41 of the conventions
/// (github.com/open-telemetry/semantic-conventions/tree/v1.41.1/docs/gen-ai). What newer versions call otherwise is
/// decided in <see cref="GenAiConventions"/>.
/// </summary>
public static class GenAiAttributes
{
#pragma warning disable CS1591 // the conventions explain them
    public const string OperationName = "gen_ai.operation.name";
    public const string ProviderName = "gen_ai.provider.name";
    public const string System = "gen_ai.system";
    public const string ConversationId = "gen_ai.conversation.id";
    public const string OutputType = "gen_ai.output.type";
    public const string RequestModel = "gen_ai.request.model";
    public const string RequestStream = "gen_ai.request.stream";
    public const string RequestTemperature = "gen_ai.request.temperature";
    public const string RequestTopP = "gen_ai.request.top_p";
    public const string RequestTopK = "gen_ai.request.top_k";
    public const string RequestMaxTokens = "gen_ai.request.max_tokens";
    public const string RequestFrequencyPenalty = "gen_ai.request.frequency_penalty";
    public const string RequestPresencePenalty = "gen_ai.request.presence_penalty";
    public const string RequestStopSequences = "gen_ai.request.stop_sequences";
    public const string RequestSeed = "gen_ai.request.seed";
    public const string RequestReasoningLevel = "gen_ai.request.reasoning.level";
    public const string RequestEncodingFormats = "gen_ai.request.encoding_formats";
    public const string EmbeddingsDimensionCount = "gen_ai.embeddings.dimension.count";
    public const string ResponseId = "gen_ai.response.id";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ResponseFinishReasons = "gen_ai.response.finish_reasons";
    public const string ResponseTimeToFirstChunk = "gen_ai.response.time_to_first_chunk";
    public const string UsageInputTokens = "gen_ai.usage.input_tokens";
    public const string UsageOutputTokens = "gen_ai.usage.output_tokens";
    public const string UsageCacheReadInputTokens = "gen_ai.usage.cache_read.input_tokens";
    public const string UsageCacheCreationInputTokens = "gen_ai.usage.cache_creation.input_tokens";
    public const string UsageCacheWriteInputTokens = "gen_ai.usage.cache_write.input_tokens";
    public const string UsageReasoningOutputTokens = "gen_ai.usage.reasoning.output_tokens";
    public const string TokenType = "gen_ai.token.type";
    public const string TokenModality = "gen_ai.token.modality";
    public const string InputMessages = "gen_ai.input.messages";
    public const string OutputMessages = "gen_ai.output.messages";
    public const string SystemInstructions = "gen_ai.system_instructions";
    public const string ServerAddress = "server.address";
    public const string ServerPort = "server.port";
#pragma warning restore CS1591
}

/// <summary>Values of <see cref="GenAiAttributes.OperationName"/>, which also begin the spans' names.</summary>
public static class GenAiOperations
{
    /// <summary>A call of a chat model.</summary>
    public const string Chat = "chat";

    /// <summary>A call of an embedding model.</summary>
    public const string Embeddings = "embeddings";
}

/// <summary>Names of metrics about model calls; units in their documentation.</summary>
public static class ModelMetricNames
{
    /// <summary>What model calls have cost, by provider, model and workflow; {USD}.</summary>
    public const string Cost = "sos.llm.cost";

    /// <summary>Tokens of a call, by <c>gen_ai.token.type</c>; {token}.</summary>
    public const string TokenUsage = "gen_ai.client.token.usage";

    /// <summary>A call from request to the end of the answer; s.</summary>
    public const string OperationDuration = "gen_ai.client.operation.duration";

    /// <summary>From request to the first piece of a streamed answer; s.</summary>
    public const string TimeToFirstChunk = "gen_ai.client.operation.time_to_first_chunk";

    /// <summary>Between pieces of a streamed answer; s.</summary>
    public const string TimePerOutputChunk = "gen_ai.client.operation.time_per_output_chunk";
}

/// <summary>Types of rows in <c>event_logs</c> about model calls.</summary>
public static class ModelEventTypes
{
    /// <summary>A model answered.</summary>
    public const string Called = "model_called";

    /// <summary>A model answered whose price is unknown, so what it cost is unknown too.</summary>
    public const string PriceMissing = "model_price_missing";

    /// <summary>A model answered without saying how many tokens it took, so what it cost is unknown.</summary>
    public const string UsageMissing = "model_usage_missing";

    /// <summary>Options were left out that the provider can't take.</summary>
    public const string OptionsIgnored = "model_options_ignored";
}
