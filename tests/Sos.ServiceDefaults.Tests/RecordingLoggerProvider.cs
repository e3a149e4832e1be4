using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Sos.ServiceDefaults.Tests;

/// <summary>Keeps the warnings and errors that SOS logs.</summary>
sealed class RecordingLoggerProvider : ILoggerProvider
{
    readonly ConcurrentQueue<string> _warnings = new();

    public IReadOnlyList<string> Warnings => [.. _warnings];

    public ILogger CreateLogger(string categoryName) => new Recorder(_warnings, categoryName);

    public void Dispose()
    {
    }

    sealed class Recorder(ConcurrentQueue<string> warnings, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && category.StartsWith("Sos.", StringComparison.Ordinal);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                warnings.Enqueue(formatter(state, exception));
        }
    }
}
