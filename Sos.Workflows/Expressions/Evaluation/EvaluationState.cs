using System.Globalization;

namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>One evaluation: its variables, its budget and its local variables. Lives on the stack.</summary>
internal struct EvaluationState
{
    private const long CancellationInterval = 10_000;

    private readonly CelContext _context;
    private readonly string _source;
    private long _budget;
    private long _nextLook;
    private CelValue _now;

    internal EvaluationState(ICelVariables variables, CelContext context, string source, int localCount, long budget)
    {
        Variables = variables;
        HasQualifiedNames = variables.HasQualifiedNames;
        Locals = localCount == 0 ? [] : new CelValue[localCount];
        _context = context;
        _source = source;
        _budget = budget;
        _nextLook = Math.Max(0, _budget - CancellationInterval);
    }

    internal ICelVariables Variables { get; }

    internal bool HasQualifiedNames { get; }

    internal CelValue[] Locals { get; }

    /// <summary>What may still be spent.</summary>
    internal readonly long Budget => _budget;

    internal readonly CelLimits Limits => _context.Limits;

    /// <summary>The time, the same throughout one evaluation.</summary>
    internal CelValue Now => _now.IsNull ? _now = CelValue.From(_context.TimeProvider.GetUtcNow()) : _now;

    internal static EvaluationState Unlimited() => new(CelVariables.Empty, Boundless, "", 0, long.MaxValue);

    private static CelContext Boundless { get; } =
        new() { Limits = new CelLimits { MaxCost = long.MaxValue, MaxResultBytes = int.MaxValue } };

    internal readonly Guid NewUuid() => _context.NewUuid();

    /// <summary>Takes <paramref name="cost"/> from the budget; stops the evaluation when it is used up.</summary>
    internal void Charge(long cost)
    {
        if ((_budget -= cost) < _nextLook) Look();
    }

    /// <summary>Charges a tenth per character.</summary>
    internal void ChargeText(int length) => Charge(1 + length / 10);

    /// <summary>Charges for reading a value: a tenth per character of a string, nothing for others.</summary>
    internal void ChargeReading(in CelValue value)
    {
        if (value.Type == CelType.String) Charge(value.TextSize / 10);
    }

    /// <summary>
    /// Charges for looking for one text in another: besides their lengths, a share of the pairs of characters that may
    /// have to be compared.
    /// </summary>
    internal void ChargeSearch(int length, int partLength)
    {
        var places = Math.Max(0L, (long)length - partLength + 1);
        Charge(1 + ((long)length + partLength) / 10 + places * partLength / 1_000);
    }

    /// <summary>Charges for finding a key; a JSON object is searched property by property.</summary>
    internal void ChargeLookup(in CelValue map)
    {
        if (map is { Type: CelType.Map, IsJson: true }) Charge(1 + map.Json.GetPropertyCount() / 32);
        else Charge(1);
    }

    /// <summary>Charges for making a text or byte sequence and stops the evaluation when it would be too large.</summary>
    internal void ChargeResult(long bytes)
    {
        if (bytes > Limits.MaxResultBytes) Stop(TooLarge(Limits.MaxResultBytes));
        Charge(1 + bytes / 10);
    }

    internal static string TooLarge(long maxBytes) => string.Create(
        CultureInfo.InvariantCulture, $"The expression makes a text of more than {maxBytes:N0} bytes.");

    /// <summary>Stops the evaluation; unlike an error value, no operator can absorb this.</summary>
    internal readonly void Stop(string message) =>
        throw new CelException(CelError.At(_source, 0, CelErrorCodes.Limit, message));

    private void Look()
    {
        if (_budget < 0)
        {
            Stop(string.Create(
                CultureInfo.InvariantCulture,
                $"The expression takes too many steps (more than {Limits.MaxCost:N0}). Make its texts, lists or loops smaller."));
        }

        _context.CancellationToken.ThrowIfCancellationRequested();
        _nextLook = Math.Max(0, _budget - CancellationInterval);
    }
}
