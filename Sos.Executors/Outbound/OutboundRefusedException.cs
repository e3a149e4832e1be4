namespace Sos.Executors.Outbound;

/// <summary>A connection that <see cref="OutboundGuard"/> did not allow; the message says what and how to allow it.</summary>
internal sealed class OutboundRefusedException(string message) : Exception(message);
