using Sos.Api.Hosting;

namespace Sos.Api;

/// <summary>Where the program begins; in a namespace, because every program has a Program.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => SosApi.RunAsync(args);
}
