namespace Sos.Api.Pages.Graph;

/// <summary>What is painted on a node.</summary>
/// <param name="Status">A step's status as in the API, for colour and shape; empty for none.</param>
/// <param name="Caption">A few words or numbers below the node's name, such as <c>420 ms</c>; null for the name of its type.</param>
/// <param name="Badge">A number on its corner, such as attempts or iterations; 0 for none.</param>
/// <param name="Mark">What else sets it apart, as the end of a class <c>mark-…</c>: <c>added</c>, <c>removed</c>, <c>changed</c>, <c>breakpoint</c>, <c>problem</c>, <c>slow</c>; null for nothing.</param>
public sealed record NodeState(string Status, string? Caption = null, int Badge = 0, string? Mark = null);
