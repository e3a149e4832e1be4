using System.Text.Json;
using Sos.Executors.Nodes.Connector;

namespace Sos.Executors.Tests.Connectors;

/// <summary>What is said of a <c>connector</c> node when its workflow is saved.</summary>
public sealed class ConfigCheckTests
{
    [Theory]
    [InlineData("""{"connector": "github", "action": "createIssues"}""", "/action", "connector_action_not_found")]
    [InlineData("""{"connector": "github", "action": "createIssue", "with": {"owner": "a", "repo": "b"}}""", "/with", "missing_property")]
    [InlineData("""{"connector": "github", "action": "createIssue", "with": {"owner": "a", "repo": "b", "title": 5}}""", "/with/title", "wrong_type")]
    [InlineData("""{"connector": "github", "action": "listIssues", "with": {"owner": "a", "repo": "b", "state": "done"}}""", "/with/state", "value_not_allowed")]
    [InlineData("""{"connector": "github", "action": "createIssue", "with": {"owner": "a", "repo": "b", "title": "c", "titel": "d"}}""", "/with/titel", "unknown_property")]
    [InlineData("""{"connector": "github", "action": "createIssue", "with": {"owner": "a", "repo": "b", "title": "c"}, "settings": {"hots": "x"}}""", "/settings/hots", "invalid_settings")]
    public void Mistakes_in_calls_of_shipped_connectors_are_found(string config, string pointer, string code) =>
        Assert.Contains(ConnectorConfigCheck.Check(JsonElement.Parse(config)), p => p.Pointer == pointer && p.Code == code);

    [Theory]
    [InlineData("""{"connector": "github", "action": "createIssue", "with": {"owner": "{{ input.owner }}", "repo": "b", "title": "About {{ input.x }}", "milestone": "{{ input.m }}"}}""")]
    [InlineData("""{"connector": "github", "action": "{{ input.action }}"}""")]
    [InlineData("""{"connector": "my-own", "action": "whatever", "with": {"x": 1}}""")]
    [InlineData("""{"connector": "github", "action": "createIssue", "with": "{{ input }}"}""")]
    public void What_only_a_run_can_tell_is_left_to_it(string config) => Assert.Empty(ConnectorConfigCheck.Check(JsonElement.Parse(config)));
}
