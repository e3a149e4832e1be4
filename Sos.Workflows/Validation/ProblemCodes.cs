namespace Sos.Workflows.Validation;

/// <summary>The codes of <see cref="DefinitionProblem.Code"/> that are about workflows; what is about JSON is in <see cref="Json.JsonProblemCodes"/>.</summary>
public static class ProblemCodes
{
    /// <summary>A property is there twice in one object.</summary>
    public const string DuplicateProperty = "duplicate_property";

    /// <summary>The workflow's name is empty or too long.</summary>
    public const string InvalidName = "invalid_name";

    /// <summary>A duration that can't be read, is zero where it can't be, or is too long.</summary>
    public const string InvalidDuration = "invalid_duration";

    /// <summary>A retry policy whose parts contradict one another.</summary>
    public const string InvalidRetry = "invalid_retry";

    /// <summary>A graph without a node.</summary>
    public const string NoNodes = "no_nodes";

    /// <summary>More nodes than <see cref="DefinitionLimits.Nodes"/>.</summary>
    public const string TooManyNodes = "too_many_nodes";

    /// <summary>More edges than <see cref="DefinitionLimits.Edges"/>.</summary>
    public const string TooManyEdges = "too_many_edges";

    /// <summary>More bodies inside one another than <see cref="DefinitionLimits.BodyDepth"/>.</summary>
    public const string BodiesTooDeep = "bodies_too_deep";

    /// <summary>An id with characters that an id can't have.</summary>
    public const string InvalidNodeId = "invalid_node_id";

    /// <summary>An id that another node has, here or in a body.</summary>
    public const string DuplicateNodeId = "duplicate_node_id";

    /// <summary>A node type that does not exist.</summary>
    public const string UnknownNodeType = "unknown_node_type";

    /// <summary>An edge from or to a node that isn't in the same graph.</summary>
    public const string DanglingEdge = "dangling_edge";

    /// <summary>An edge from a node to itself.</summary>
    public const string SelfEdge = "self_edge";

    /// <summary>An edge that is there twice.</summary>
    public const string DuplicateEdge = "duplicate_edge";

    /// <summary>Edges that lead back to where they began.</summary>
    public const string Cycle = "cycle";

    /// <summary>A branch that the edge's node type does not have.</summary>
    public const string UnknownBranch = "unknown_branch";

    /// <summary>A branch on an edge that is taken when its node fails.</summary>
    public const string WhenOnErrorEdge = "when_on_error_edge";

    /// <summary>An expression that can't be parsed.</summary>
    public const string InvalidExpression = "invalid_expression";

    /// <summary>A variable that does not exist where the expression stands.</summary>
    public const string UnknownVariable = "unknown_variable";

    /// <summary>Secrets, which expressions can't read.</summary>
    public const string SecretsNotAvailable = "secrets_not_available";

    /// <summary>The process's environment, which expressions can't read.</summary>
    public const string EnvironmentNotAvailable = "environment_not_available";

    /// <summary>A node that does not exist.</summary>
    public const string UnknownStep = "unknown_step";

    /// <summary>The output of a node that can't have run before.</summary>
    public const string UnreachableReference = "unreachable_reference";

    /// <summary>The output of a node in a body, seen from outside of it.</summary>
    public const string ReferenceIntoBody = "reference_into_body";

    /// <summary>There are more problems than are listed.</summary>
    public const string MoreProblems = "more_problems";
}
