using System.Text.Json;
using Sos.Api.Pages.Triggers;
using Sos.Api.Problems;
using Sos.Workflows.Store;
using Sos.Workflows.Webhooks;

namespace Sos.Api.Tests.Pages.Triggers;

public sealed class FieldsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_schedule_that_is_opened_and_saved_stays_the_same()
    {
        var schedule = new Schedule
        {
            Id = Guid.NewGuid(),
            Name = "Report",
            WorkflowId = Guid.NewGuid(),
            Version = 3,
            Cron = "0 9 * * 1-5",
            TimeZone = "Europe/Berlin",
            Input = JsonElement.Parse("""{"region": "eu", "n": [1, 2]}"""),
            MisfirePolicy = "skip",
            OverlapPolicy = "skip",
            StartsAt = Now.AddDays(1),
            EndsAt = Now.AddDays(300),
            Enabled = false,
            CreatedAt = Now,
            UpdatedAt = Now,
        };
        var fields = ScheduleFields.Of(schedule);
        Assert.Equal("2026-11-23T13:00:00", fields.StartsAt);
        var request = fields.ToRequest();
        Assert.Equal(
            (schedule.Name, schedule.WorkflowId, schedule.Version, schedule.Cron, schedule.TimeZone, schedule.MisfirePolicy, schedule.OverlapPolicy, schedule.StartsAt, schedule.EndsAt, (bool?)schedule.Enabled),
            (request.Name, request.WorkflowId, request.Version, request.Cron, request.TimeZone, request.MisfirePolicy, request.OverlapPolicy, request.StartsAt, request.EndsAt, request.Enabled));
        Assert.True(JsonElement.DeepEquals(schedule.Input, request.Input));
    }

    [Fact]
    public void All_fields_that_can_not_be_read_are_named_at_once()
    {
        var problem = Assert.Throws<ProblemException>(() => new ScheduleFields { Name = "n", Input = "{", Version = "x", StartsAt = "soon" }.ToRequest());
        Assert.Equal(["/workflowId", "/version", "/input", "/startsAt"], problem.Errors!.Select(e => e.Pointer));
    }

    [Fact]
    public void The_next_times_are_those_of_the_time_zone()
    {
        var fields = new ScheduleFields { Cron = "0 9 * * *", TimeZone = "Europe/Berlin" };
        Assert.Equal([new(2026, 11, 23, 8, 0, 0, TimeSpan.Zero), new(2026, 11, 24, 8, 0, 0, TimeSpan.Zero)], fields.Upcoming(Now, 2, out var problem));
        Assert.Null(problem);
        Assert.Empty(new ScheduleFields { Cron = "0 25 * * *" }.Upcoming(Now, 2, out problem));
        Assert.Contains("The hour '25' is not valid", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WebhookVerification.GitHub)]
    [InlineData(WebhookVerification.None)]
    [InlineData(WebhookVerification.Basic)]
    public void Fields_of_another_kind_of_verification_are_left_out(string kind)
    {
        var fields = new WebhookFields
        {
            Workflow = Guid.NewGuid().ToString(),
            Kind = kind,
            Header = "X",
            Username = "ann",
            Secret = "secret",
            Prefix = "v1,",
            TimestampHeader = "T",
            Tolerance = "5",
        };
        var request = fields.ToRequest();
        Assert.Equal(new WebhookVerification { Kind = kind, Username = kind == WebhookVerification.Basic ? "ann" : null }, request.Verification);
        Assert.Equal(kind == WebhookVerification.None ? null : "secret", request.Secret);
        Assert.Equal(["POST"], request.Methods);
    }

    [Fact]
    public void A_signature_of_ones_own_has_all_its_fields()
    {
        var request = new WebhookFields
        {
            Workflow = Guid.NewGuid().ToString(),
            Kind = WebhookVerification.Generic,
            Header = "Webhook-Signature",
            Prefix = "v1,",
            Encoding = "base64",
            SecretEncoding = "base64",
            SignedContent = WebhookVerification.SignsId,
            IdHeader = "Webhook-Id",
            TimestampHeader = "Webhook-Timestamp",
            Tolerance = "60",
            Put = true,
            RatePerMinute = "10",
        }.ToRequest();
        Assert.Equal(new WebhookVerification
        {
            Kind = "generic",
            Header = "Webhook-Signature",
            Algorithm = "sha256",
            Encoding = "base64",
            Prefix = "v1,",
            SignedContent = "id.timestamp.body",
            TimestampHeader = "Webhook-Timestamp",
            IdHeader = "Webhook-Id",
            ToleranceSeconds = 60,
            SecretEncoding = "base64",
        }, request.Verification);
        Assert.Equal((10, null), (request.RatePerMinute, request.Secret));
        Assert.Equal(["POST", "PUT"], request.Methods);
    }
}
