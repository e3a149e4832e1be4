namespace Sos.ServiceDefaults.Telemetry;

/// <summary>
/// Metadata of an endpoint whose path holds a secret: spans and logs show its route instead of the path.
/// </summary>
public sealed class PathHoldsSecret;
