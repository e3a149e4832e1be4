using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Sos.Workflows.Expressions;

namespace Sos.Benchmarks.Expressions;

/// <summary>
/// Evaluation of expressions. To hold: <see cref="Condition"/> under 300 ns and 200 B over 2 kB of JSON, and the
/// macros over 1,000 elements under 100 µs.
/// </summary>
[MemoryDiagnoser]
public class ExpressionBenchmarks
{
    private readonly CelExpression _condition = CelExpression.Parse("""input.amount > 100 && input.country in ["DE", "FR"]""");
    private readonly CelExpression _filter = CelExpression.Parse("items.filter(item, item.amount > 500)");
    private readonly CelExpression _map = CelExpression.Parse("items.map(item, item.amount * 2)");
    private readonly CelExpression _both = CelExpression.Parse("items.filter(n, n.amount > 500).map(n, n.name)");
    private readonly CelExpression _numbers = CelExpression.Parse("lists.range(1000).filter(n, n % 3 == 0).map(n, n * n)");
    private readonly CelVariables _order = new();
    private readonly CelVariables _list = new();
    private readonly JsonElement _config = JsonElement.Parse(
        """{ "url": "https://api.example.com/orders/{{ input.id }}", "body": { "total": "{{ input.amount }}", "to": "{{ input.country }}" } }""");

    private readonly Template _template;

    /// <summary>Builds the inputs.</summary>
    public ExpressionBenchmarks()
    {
        _order.Add("input", JsonElement.Parse(Order));
        _list.Add("items", JsonSerializer.SerializeToElement(
            Enumerable.Range(0, 1_000).Select(i => new { id = i, name = $"item {i}", amount = i })));
        _template = Template.Compile(_config);
    }

    /// <summary>About 2 kB: an order as a shop would send it.</summary>
    private static string Order => JsonSerializer.Serialize(new
    {
        id = "6f1c2a5e-ord",
        createdAt = "2026-11-22T08:15:00Z",
        customer = new { id = 88123, name = "Ada Lovelace", email = "ada@example.com", tags = new[] { "vip", "newsletter" } },
        shipping = new { street = "Chausseestraße 12", city = "Berlin", zip = "10115", carrier = "dhl", express = true },
        lines = Enumerable.Range(1, 22).Select(i => new { sku = $"SKU-{i:0000}", title = $"Article number {i}", quantity = i, price = 9.99 * i }),
        notes = "Please ring twice. The dog is friendly but loud; leave the parcel with the neighbour otherwise.",
        amount = 249.5,
        currency = "EUR",
        country = "DE",
        paid = true,
    });

    /// <summary>The typical condition of an edge.</summary>
    [Benchmark]
    public bool Condition() => _condition.Evaluate(_order, CelContext.Default).AsBool();

    /// <summary>A filter over 1,000 JSON objects.</summary>
    [Benchmark]
    public CelValue Filter1000() => _filter.Evaluate(_list, CelContext.Default);

    /// <summary>A map over 1,000 JSON objects.</summary>
    [Benchmark]
    public CelValue Map1000() => _map.Evaluate(_list, CelContext.Default);

    /// <summary>A filter, then a map of what is left, over 1,000 JSON objects.</summary>
    [Benchmark]
    public CelValue FilterThenMap1000() => _both.Evaluate(_list, CelContext.Default);

    /// <summary>A filter and a map over 1,000 numbers.</summary>
    [Benchmark]
    public CelValue Numbers1000() => _numbers.Evaluate(CelVariables.Empty, CelContext.Default);

    /// <summary>Rendering a small configuration.</summary>
    [Benchmark]
    public JsonElement Render() => _template.Render(_order, CelContext.Default);

    /// <summary>Compiling the condition.</summary>
    [Benchmark]
    public CelExpression Parse() => CelExpression.Parse(_condition.Source);
}
