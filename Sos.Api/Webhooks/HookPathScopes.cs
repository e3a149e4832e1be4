using System.Collections;

namespace Sos.Api.Webhooks;

/// <summary>
/// Keeps webhooks' tokens out of logs: ASP.NET Core puts the path of a request into a scope around all that is logged
/// meanwhile, before any middleware sees the request.
/// </summary>
internal sealed class HookPathScopes : IExternalScopeProvider
{
    private const string PathKey = "RequestPath";

    private readonly LoggerExternalScopeProvider scopes = new();

    public void ForEachScope<TState>(Action<object?, TState> callback, TState state) => scopes.ForEachScope(callback, state);

    public IDisposable Push(object? state) => scopes.Push(
        state is IReadOnlyList<KeyValuePair<string, object>> values && values.Any(v => v.Key == PathKey && IsHook(v.Value)) ? new Masked(values) : state);

    private static bool IsHook(object? path) => HookEndpoint.IsAddress(path?.ToString());

    /// <summary>The same values with the address of all webhooks for a path.</summary>
    private sealed class Masked(IReadOnlyList<KeyValuePair<string, object>> values) : IReadOnlyList<KeyValuePair<string, object>>
    {
        public int Count => values.Count;

        public KeyValuePair<string, object> this[int index] =>
            values[index].Key == PathKey ? new(PathKey, HookEndpoint.PathPrefix + "{token}") : values[index];

        public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

        public override string ToString() => string.Join(' ', this.Select(v => $"{v.Key}:{v.Value}"));

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
