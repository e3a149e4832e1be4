namespace Sos.ServiceDefaults.Tests;

public sealed class PlatformTests
{
    [Fact]
    public void Both_flavours_have_the_same_methods()
    {
        var (portable, aspire) = (MethodsOf("Platform.Portable.cs"), MethodsOf("Platform.Aspire.cs"));
        Assert.NotEmpty(portable);
        Assert.Equal(portable, aspire);
        Assert.Equal(typeof(Platform).GetMethods().Count(m => m.DeclaringType == typeof(Platform)), portable.Length);
    }

    /// <summary>A flavour's source, because only one of them is compiled.</summary>
    static string[] MethodsOf(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sos.sln")))
            folder = folder.Parent;
        Assert.NotNull(folder);
        return [.. File.ReadLines(Path.Combine(folder.FullName, "Sos.ServiceDefaults", file))
            .Where(line => line.StartsWith("    public ", StringComparison.Ordinal))
            .Select(line => line.Replace("=>", "").TrimEnd())];
    }
}
