using System.Globalization;

namespace Sos.Workflows.Models;

/// <summary>The budget that a call would exceed.</summary>
/// <param name="Period"><c>run</c>, <c>day</c> or <c>month</c>.</param>
/// <param name="WholeWorkspace">Whether it is the whole workspace's budget or the workflow's.</param>
/// <param name="LimitUsd">The budget.</param>
/// <param name="SpentUsd">What is spent of it, calls that no checkpoint has written yet included.</param>
/// <param name="EstimateUsd">What the call was expected to cost; 0 where that could not be told.</param>
public sealed record BudgetRefusal(string Period, bool WholeWorkspace, decimal LimitUsd, decimal SpentUsd, decimal EstimateUsd)
{
    /// <summary>The error code of a node that was refused a call.</summary>
    public const string Code = "budget_exceeded";

    /// <summary>For the person whose run was stopped.</summary>
    public string Message
    {
        get
        {
            var whose = WholeWorkspace ? "The workspace's" : "The workflow's";
            var spent = EstimateUsd > 0
                ? $"{Dollars(SpentUsd)} are spent and the next model call may cost {Dollars(EstimateUsd)}"
                : $"{Dollars(SpentUsd)} are spent";
            var (period, remedy) = Period switch
            {
                "day" => ("day (UTC)", "Raise the budget, or go on tomorrow."),
                "month" => ("month (UTC)", "Raise the budget, or go on next month."),
                _ => ("run", "Raise the budget, or let the run do less."),
            };
            return $"{whose} budget per {period} is {Dollars(LimitUsd)}; {spent}. {remedy}";
        }
    }

    private static string Dollars(decimal amount) => "$" + amount.ToString("0.00########", CultureInfo.InvariantCulture);
}
