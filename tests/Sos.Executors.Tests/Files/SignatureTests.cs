using System.Globalization;
using Sos.Executors.Files.S3;

namespace Sos.Executors.Tests.Files;

/// <summary>
/// The examples of AWS: the test suite of Signature Version 4, and “Authenticating Requests: Using the Authorization
/// Header” in the API reference of S3.
/// </summary>
public sealed class SignatureTests
{
    private const string Suite = "AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";

    [Theory]
    [InlineData("GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")] // get-vanilla
    [InlineData("POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")] // post-vanilla
    [InlineData("GET", "/", "Param1=value1&Param2=value2", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")] // get-vanilla-query-order-key-case
    public void The_test_suite_of_AWS_is_signed_as_it_says(string method, string path, string query, string signature)
    {
        var request = new RequestToSign(
            method, path, query, new Dictionary<string, string> { ["Host"] = "example.amazonaws.com", ["X-Amz-Date"] = "20150830T123600Z" }, SignatureV4.EmptyHash, At("20150830T123600Z"));
        Assert.Equal(
            $"AWS4-HMAC-SHA256 Credential={Suite},SignedHeaders=host;x-amz-date,Signature={signature}",
            new SignatureV4("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service").Authorization(request));
    }

    [Fact]
    public void The_examples_of_S3_are_signed_as_they_say()
    {
        Assert.Equal("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", Sign("GET", "/test.txt", "", SignatureV4.EmptyHash, ("Range", "bytes=0-9")));
        Assert.Equal("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", Sign(
            "PUT", "/" + SignatureV4.EncodePath("test$file.text"), "", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")));
        Assert.Equal("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", Sign("GET", "/", SignatureV4.Query([new("lifecycle", "")]), SignatureV4.EmptyHash));
        Assert.Equal("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", Sign("GET", "/", SignatureV4.Query([new("prefix", "J"), new("max-keys", "2")]), SignatureV4.EmptyHash));
    }

    [Fact]
    public void Everything_but_unreserved_characters_is_encoded()
    {
        Assert.Equal("a-._~Z9", SignatureV4.Encode("a-._~Z9"));
        Assert.Equal("%20%2F%2B%24%27%28%29%21%2A%C3%BC%F0%9F%98%80", SignatureV4.Encode(" /+$'()!*ü😀"));
        Assert.Equal("a/b%20c/d", SignatureV4.EncodePath("a/b c/d"));
    }

    private static string Sign(string method, string path, string query, string hash, params (string Name, string Value)[] headers)
    {
        var all = new Dictionary<string, string> { ["Host"] = "examplebucket.s3.amazonaws.com", ["x-amz-date"] = "20130524T000000Z", ["x-amz-content-sha256"] = hash };
        foreach (var (name, value) in headers)
            all[name] = value;
        return new SignatureV4("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3")
            .Authorization(new RequestToSign(method, path, query, all, hash, At("20130524T000000Z"))).Split("Signature=")[1];
    }

    private static DateTimeOffset At(string time) => DateTimeOffset.ParseExact(time, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
