using System.Text.Json;
using Sos.Workflows.Models;
using Sos.Workflows.Store;

namespace Sos.Workflows.Tests.Models;

public sealed class HiddenSecretTests
{
    [Fact]
    public void What_holds_an_api_key_does_not_show_it()
    {
        const string key = "sk-very-secret";
        var connection = new ProviderConnection { Name = "openai", Kind = ProviderKind.OpenAI, ApiKey = key };
        var draft = new ModelProviderDraft { Name = "openai", Kind = ProviderKind.OpenAI, Settings = JsonElement.Parse("{}"), ApiKey = key };
        foreach (var shown in new[] { connection.ToString(), $"{connection}", draft.ToString(), string.Join("", new object[] { connection, draft }) })
        {
            Assert.DoesNotContain(key, shown, StringComparison.Ordinal);
            Assert.Contains("set", shown, StringComparison.Ordinal);
        }
    }
}
