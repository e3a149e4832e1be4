using static Microsoft.Playwright.Assertions;

namespace Sos.Pages.Tests;

[Collection(Browser.Collection)]
public sealed class TriggersOfAWorkflowTests(Browser browser)
{
    [BrowserFact]
    public async Task Its_page_leads_to_its_own_schedules_and_webhooks_and_new_ones_are_for_it()
    {
        var (mine, other) = (await SaveAsync("filtered"), await SaveAsync("unfiltered"));
        var (shown, hidden) = ($"mine {Guid.NewGuid():N}", $"other {Guid.NewGuid():N}");
        await ScheduleAsync(shown, mine);
        await ScheduleAsync(hidden, other);
        await using var tab = await browser.OpenAsync($"/workflows/{mine}");
        var page = tab.Page;

        await page.GetByRole(AriaRole.Link, new() { Name = "Schedules and webhooks" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Triggers of filtered");
        await Expect(page.GetByText(shown)).ToBeVisibleAsync();
        await Expect(page.GetByText(hidden)).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "New schedule" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Combobox, new() { Name = "Workflow", Exact = true })).ToHaveValueAsync(mine);
        await page.GetByRole(AriaRole.Link, new() { Name = "Show all triggers" }).ClickAsync();
        await Expect(page.GetByText(hidden)).ToBeVisibleAsync();
        tab.ExpectNoComplaint();
    }

    private Task<string> SaveAsync(string name) =>
        browser.SaveAsync($$"""{"name": "{{name}} {{Guid.NewGuid():N}}", "nodes": [{"id": "go", "type": "transform", "config": {"value": 1} }] }""");

    private Task ScheduleAsync(string name, string workflow) =>
        browser.PostAsync("/api/v1/schedules", $$"""{"name": "{{name}}", "workflowId": "{{workflow}}", "cron": "0 3 1 1 *", "timeZone": "UTC"}""");
}
