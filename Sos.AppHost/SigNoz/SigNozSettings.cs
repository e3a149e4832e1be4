namespace Aspire.Hosting;

/// <summary>SigNoz's environment. One underscore is a step into a section, two are one in a name.</summary>
internal static class SigNozSettings
{
    public static void Configure(SigNozResource signoz, EnvironmentCallbackContext context)
    {
        var web = signoz.PublicUrl ?? WebAddress(signoz, context.ExecutionContext);
        var settings = context.EnvironmentVariables;
        settings["SIGNOZ_TELEMETRYSTORE_PROVIDER"] = "clickhouse";
        settings["SIGNOZ_TELEMETRYSTORE_CLICKHOUSE_DSN"] = signoz.ClickHouseDsn;
        settings["SIGNOZ_SQLSTORE_PROVIDER"] = "sqlite";
        settings["SIGNOZ_SQLSTORE_SQLITE_PATH"] = SigNozParts.SigNozData + "/signoz.db";
        settings["SIGNOZ_TOKENIZER_JWT_SECRET"] = signoz.JwtSecretParameter;
        settings["SIGNOZ_ALERTMANAGER_PROVIDER"] = "signoz";
        settings["SIGNOZ_GLOBAL_EXTERNAL__URL"] = web;
        settings["SIGNOZ_ALERTMANAGER_SIGNOZ_EXTERNAL__URL"] = web;
        settings["SIGNOZ_PROMETHEUS_ACTIVE__QUERY__TRACKER_ENABLED"] = "false";
        settings["SIGNOZ_FLAGGER_CONFIG_BOOLEAN_ENABLE__AI__OBSERVABILITY"] = "true";
        settings["GOMEMLIMIT"] = "500MiB";

        // Nothing is told to its makers.
        settings["SIGNOZ_ANALYTICS_ENABLED"] = "false";
        settings["SIGNOZ_STATSREPORTER_ENABLED"] = "false";

        settings["SIGNOZ_USER_ROOT_ENABLED"] = "true";
        settings["SIGNOZ_USER_ROOT_EMAIL"] = signoz.RootEmail;
        settings["SIGNOZ_USER_ROOT_PASSWORD"] = signoz.PasswordParameter;

        // It accepts these three together or not at all.
        settings["SIGNOZ_IDENTN_IMPERSONATION_ENABLED"] = signoz.IsOpen ? "true" : "false";
        settings["SIGNOZ_IDENTN_TOKENIZER_ENABLED"] = signoz.IsOpen ? "false" : "true";
        settings["SIGNOZ_IDENTN_APIKEY_ENABLED"] = signoz.IsOpen ? "false" : "true";
    }

    /// <summary>In a run, the port on the developer's machine: a browser can't use the name in the containers' network.</summary>
    private static ReferenceExpression WebAddress(SigNozResource signoz, DistributedApplicationExecutionContext context)
    {
        var endpoint = context.IsRunMode
            ? signoz.GetEndpoint(SigNozResource.WebEndpointName, KnownNetworkIdentifiers.LocalhostNetwork)
            : signoz.PrimaryEndpoint;
        return ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.Url)}");
    }
}
