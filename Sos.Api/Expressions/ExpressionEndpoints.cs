using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Sos.Api.Auth;
using Sos.Api.OpenApi;
using Sos.Api.Problems;
using Sos.Api.Requests;
using Sos.Workflows.Expressions;
using Sos.Workflows.Json;

namespace Sos.Api.Expressions;

/// <summary>Trying expressions out.</summary>
internal static class ExpressionEndpoints
{
    private const int MaxBytes = 256 * 1024;

    // Anybody with a key may ask, so an answer takes milliseconds or is refused.
    private static readonly CelLimits Limits = new() { MaxCost = 200_000, MaxResultBytes = 1024 * 1024 };

    public static void MapExpressions(this RouteGroupBuilder api) =>
        api.MapPost("/expressions/evaluate", EvaluateAsync).WithTags("Expressions").RequireAuthorization(Roles.Viewer)
            .Takes<EvaluateRequest>(Examples.Evaluate).Refuses(400, 413, 415)
            .WithSummary("Evaluate an expression")
            .WithDescription("Evaluates what would stand between '{{' and '}}', with the variables given. What is wrong with the expression is said with its line and column.");

    private static async Task<Ok<EvaluateAnswer>> EvaluateAsync(HttpContext context, TimeProvider time, CancellationToken cancellationToken)
    {
        var request = await context.ReadJsonAsync(ApiJson.Default.EvaluateRequest, cancellationToken, MaxBytes);
        if (!CelExpression.TryParse(request.Expression, Limits, out var expression, out var error))
            throw Refuse(error);
        var variables = new CelVariables();
        if (request.Variables.ValueKind == JsonValueKind.Object)
        {
            if (StorableJson.Check(request.Variables) is { Count: > 0 } problems)
                throw ProblemCatalog.Invalid("invalid_variables", problems[0].Message, [.. problems.Select(p => p with { Pointer = "/variables" + p.Pointer })]);
            foreach (var variable in request.Variables.EnumerateObject())
                variables.Add(variable.Name, variable.Value);
        }
        else if (request.Variables.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
        {
            throw ProblemCatalog.Invalid("invalid_variables", "'variables' must be an object.", [new("/variables", "wrong_type", "'variables' must be an object.")]);
        }
        try
        {
            var value = expression.Evaluate(variables, new CelContext { TimeProvider = time, Limits = Limits, CancellationToken = cancellationToken });
            return TypedResults.Ok(new EvaluateAnswer(value.ToJsonElement(Limits), value.Type.ToString().ToLowerInvariant()));
        }
        catch (CelException e)
        {
            throw Refuse(e.Error);
        }
    }

    private static ProblemException Refuse(CelError error) =>
        ProblemCatalog.Invalid("invalid_expression", error.ToString(), [new("/expression", error.Code, error.ToString())]);
}

/// <summary>An expression to try out.</summary>
public sealed record EvaluateRequest
{
    /// <summary>The expression, without <c>{{</c> and <c>}}</c>.</summary>
    public required string Expression { get; init; }

    /// <summary>An object of the variables that the expression may read.</summary>
    public JsonElement Variables { get; init; }
}

/// <summary>What an expression came to.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Type">The value's type, such as <c>int</c>, <c>double</c> or <c>map</c>.</param>
public sealed record EvaluateAnswer(JsonElement Value, string Type);
