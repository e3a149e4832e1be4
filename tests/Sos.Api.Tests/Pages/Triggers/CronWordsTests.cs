using Sos.Api.Pages.Triggers;

namespace Sos.Api.Tests.Pages.Triggers;

public sealed class CronWordsTests
{
    [Theory]
    [InlineData("* * * * *", "Every minute")]
    [InlineData("*/15 * * * *", "Every 15 minutes")]
    [InlineData("0 * * * *", "Every hour, on the hour")]
    [InlineData("5,35 * * * *", "Every hour at minute 5 and 35")]
    [InlineData("0 9 * * *", "Every day at 09:00")]
    [InlineData("0 9 * * 1-5", "At 09:00, Monday to Friday")]
    [InlineData("30 6,18 * * *", "Every day at 06:30 and 18:30")]
    [InlineData("0 9 * * mon,wed", "At 09:00, on Monday and Wednesday")]
    [InlineData("0 9 * * 7", "At 09:00, on Sunday")]
    [InlineData("0 0 1 * *", "At 00:00, on day 1 of the month")]
    [InlineData("0 0 1,15 1 *", "At 00:00, on days 1 and 15 of the month, in January")]
    [InlineData("0 0 1 * 1", "At 00:00, on day 1 of the month or on Monday")]
    [InlineData("*/10 8-17 * * 1-5", "Every 10 minutes from 08:00 to 17:59, Monday to Friday")]
    [InlineData("0 */4 * * *", "Every 4 hours at minute 0")]
    [InlineData("@daily", "Every day at 00:00")]
    [InlineData("0 0 18 LW * ?", "At 18:00, on the last working day of the month")]
    [InlineData("0 0 9 ? * MON-FRI", "At 09:00, Monday to Friday")]
    [InlineData("0 0 9 ? * 2", "At 09:00, on Monday")]
    [InlineData("0 0 9 ? * 6#3", "At 09:00, on the third Friday of the month")]
    [InlineData("0 0 9 ? * 6L", "At 09:00, on the last Friday of the month")]
    [InlineData("30 0 9 15W 6-8 ? 2027", "At 09:00:30, on the working day nearest to day 15 of the month, in June to August, in 2027")]
    public void A_cron_expression_is_a_sentence(string cron, string sentence) => Assert.Equal(sentence, CronWords.Describe(cron));

    [Theory]
    [InlineData("")]
    [InlineData("one two")]
    [InlineData("1-7/3 2-9/2 * * *")]
    [InlineData("99 9 * * *")]
    [InlineData("0 9 * * #")]
    [InlineData("0 9 * * L")]
    [InlineData("0 9 0-0-0 * *")]
    public void What_can_not_be_said_is_not_guessed(string cron) => Assert.Null(CronWords.Describe(cron));
}
