namespace Sos.AppHost.Database;

/// <summary>The database of a PostgreSQL server that Sos.Migrations starts on this machine.</summary>
/// <param name="name">The resource's name, and the connection string's.</param>
/// <param name="server">The program that runs the server; the database is there while that runs.</param>
/// <param name="file">Where the program writes how to connect.</param>
internal sealed class LocalDatabaseResource(string name, ProjectResource server, ConnectionFile file)
    : Resource(name), IResourceWithConnectionString, IResourceWithParent<ProjectResource>
{
    public ProjectResource Parent { get; } = server;

    /// <summary>Known once the server is ready: it chooses a free port.</summary>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{file}");
}
