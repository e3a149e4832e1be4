namespace Sos.Workflows.Expressions.Patterns;

/// <summary>Leaves the translation of a pattern at its first mistake; never leaves <see cref="Re2"/>.</summary>
internal sealed class PatternException(string message) : Exception(message);
