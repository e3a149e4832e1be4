using System.Numerics.Tensors;
using Sos.Executors.Models.Providers.Local;
using Sos.Workflows.Rag;

namespace Sos.Executors.Tests.Rag;

public sealed class LocalEmbedderTests
{
    [Fact]
    public void The_same_text_gives_the_same_vector_of_length_one_in_every_process()
    {
        var vector = Embed("The quick brown fox jumps over the lazy dog.");
        Assert.Equal(vector, Embed("The quick brown fox jumps over the lazy dog."));
        Assert.Equal(1, TensorPrimitives.Norm<float>(vector), 5);
        // Stored vectors are compared with those of later versions: this may never change.
        Assert.Equal(KnownFingerprint, Fingerprint(vector));
    }

    [Fact]
    public void What_is_written_alike_is_alike()
    {
        var calibration = Embed("wavelength calibration");
        Assert.True(Cosine(calibration, Embed("wavelenght callibration")) > 0.4);
        Assert.True(Cosine(calibration, Embed("wavelenght callibration")) > 3 * Math.Abs(Cosine(calibration, Embed("annual leave of employees"))));
        Assert.Equal(1, Cosine(Embed("Leave, ANNUAL!"), Embed("annual leave")), 5);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" …— ")]
    public void Text_without_words_is_like_nothing(string text) => Assert.All(Embed(text), v => Assert.Equal(0, v));

    [Fact]
    public async Task It_counts_tokens_and_says_what_it_is()
    {
        using var generator = new LocalEmbeddingGenerator();
        var embeddings = await generator.GenerateAsync(["one two", "three"]);
        Assert.Equal(2, embeddings.Count);
        Assert.True(embeddings.Usage!.InputTokenCount > 2);
        var metadata = (Microsoft.Extensions.AI.EmbeddingGeneratorMetadata)generator.GetService(typeof(Microsoft.Extensions.AI.EmbeddingGeneratorMetadata))!;
        Assert.Equal(("local", LocalEmbedder.Model, LocalEmbedder.Dimensions), (metadata.ProviderName!, metadata.DefaultModelId!, metadata.DefaultModelDimensions!.Value));
    }

    private const string KnownFingerprint = "220:-0.2593 361:0.2593 367:-0.2079 95:-0.1975 14:-0.1944 253:0.1754";

    private static string Fingerprint(float[] vector) =>
        string.Join(' ', vector.Index().OrderByDescending(v => Math.Abs(v.Item)).Take(6).Select(v => FormattableString.Invariant($"{v.Index}:{v.Item:0.0000}")));

    private static double Cosine(float[] a, float[] b) => TensorPrimitives.CosineSimilarity(a, b);

    private static float[] Embed(string text)
    {
        var vector = new float[LocalEmbedder.Dimensions];
        HashedFeatures.Embed(text, vector);
        return vector;
    }
}
