namespace Aspire.Hosting;

/// <summary>
/// Images that belong together: a SigNoz release, the collector that writes the schema it reads, and the ClickHouse
/// that both are tested with. Change them together.
/// </summary>
internal static class SigNozContainerImageTags
{
    public const string Registry = "docker.io";

    public const string Image = "signoz/signoz";
    public const string Tag = "v0.138.0";

    public const string CollectorImage = "signoz/signoz-otel-collector";
    public const string CollectorTag = "v0.144.8";

    public const string ClickHouseImage = "clickhouse/clickhouse-server";
    public const string KeeperImage = "clickhouse/clickhouse-keeper";
    public const string ClickHouseTag = "25.12.5";
}
