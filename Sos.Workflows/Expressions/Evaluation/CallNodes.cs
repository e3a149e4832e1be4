using Sos.Workflows.Expressions.Functions;

namespace Sos.Workflows.Expressions.Evaluation;

/// <summary>Calls of functions, by their number of arguments.</summary>
internal static class CallNode
{
    internal static Node Create(CallSite site, Function function, Node[] arguments) => function.Body switch
    {
        Function0 body => new CallNode0(site, body),
        Function1 body => new CallNode1(site, body, arguments[0]),
        Function2 body => new CallNode2(site, body, arguments[0], arguments[1]),
        Function3 body => new CallNode3(site, body, arguments[0], arguments[1], arguments[2]),
        FunctionN body => new CallNodeN(site, body, arguments),
        _ => throw new ArgumentException("Not a function's body.", nameof(function)),
    };
}

internal sealed class CallNode0(CallSite site, Function0 body) : Node(site.Position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        return body(ref state, site);
    }
}

internal sealed class CallNode1(CallSite site, Function1 body, Node first) : Node(site.Position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var a = first.Evaluate(ref state);
        if (a.IsError) return a;
        state.ChargeReading(a);
        return body(ref state, site, a);
    }
}

internal sealed class CallNode2(CallSite site, Function2 body, Node first, Node second) : Node(site.Position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var a = first.Evaluate(ref state);
        if (a.IsError) return a;
        var b = second.Evaluate(ref state);
        if (b.IsError) return b;
        state.ChargeReading(a);
        state.ChargeReading(b);
        return body(ref state, site, a, b);
    }
}

internal sealed class CallNode3(CallSite site, Function3 body, Node first, Node second, Node third) : Node(site.Position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1);
        var a = first.Evaluate(ref state);
        if (a.IsError) return a;
        var b = second.Evaluate(ref state);
        if (b.IsError) return b;
        var c = third.Evaluate(ref state);
        if (c.IsError) return c;
        state.ChargeReading(a);
        state.ChargeReading(b);
        state.ChargeReading(c);
        return body(ref state, site, a, b, c);
    }
}

internal sealed class CallNodeN(CallSite site, FunctionN body, Node[] arguments) : Node(site.Position)
{
    internal override CelValue Evaluate(ref EvaluationState state)
    {
        state.Charge(1 + arguments.Length);
        var values = new CelValue[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i].Evaluate(ref state);
            if (values[i].IsError) return values[i];
            state.ChargeReading(values[i]);
        }

        return body(ref state, site, values);
    }
}
