using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Time.Testing;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace Sos.ServiceDefaults.Tests.Http;

public sealed class ResilienceTests
{
    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.RequestTimeout)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    public async Task A_transient_answer_is_tried_again(HttpStatusCode status)
    {
        using var target = new Target(status, status, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, (await target.SendAsync(HttpMethod.Get)).StatusCode);
        Assert.Equal(3, target.Calls.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Conflict)]
    public async Task An_answer_that_would_stay_the_same_is_not_tried_again(HttpStatusCode status)
    {
        using var target = new Target(status, HttpStatusCode.OK);
        Assert.Equal(status, (await target.SendAsync(HttpMethod.Get)).StatusCode);
        Assert.Single(target.Calls);
    }

    [Fact]
    public async Task After_three_retries_the_last_answer_stands()
    {
        using var target = new Target([.. Enumerable.Repeat(HttpStatusCode.BadGateway, 10)]);
        Assert.Equal(HttpStatusCode.BadGateway, (await target.SendAsync(HttpMethod.Get)).StatusCode);
        Assert.Equal(4, target.Calls.Count);
    }

    [Fact]
    public async Task A_post_is_not_carried_out_twice()
    {
        using var target = new Target(HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await target.SendAsync(HttpMethod.Post)).StatusCode);
        Assert.Single(target.Calls);
    }

    [Fact]
    public async Task A_post_with_an_idempotency_key_is_tried_again_with_its_body()
    {
        using var target = new Target(HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK);
        var response = await target.SendAsync(HttpMethod.Post, request =>
        {
            request.Headers.Add("Idempotency-Key", "1");
            request.Content = new StringContent("body");
        });
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["body", "body"], target.Bodies);
    }

    [Fact]
    public async Task A_post_that_never_arrived_is_tried_again()
    {
        using var target = new Target(HttpStatusCode.OK) { FailFirst = new HttpRequestException(HttpRequestError.ConnectionError, "refused") };
        Assert.Equal(HttpStatusCode.OK, (await target.SendAsync(HttpMethod.Post)).StatusCode);
        using var broken = new Target(HttpStatusCode.OK) { FailFirst = new HttpRequestException(HttpRequestError.ResponseEnded, "ended") };
        await Assert.ThrowsAsync<HttpRequestException>(() => broken.SendAsync(HttpMethod.Post));
    }

    [Fact]
    public async Task A_body_that_can_be_read_once_is_sent_once()
    {
        using var target = new Target(HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK);
        var response = await target.SendAsync(HttpMethod.Put, request => request.Content = new StreamContent(new MemoryStream([1, 2, 3])));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Retry_After_says_when()
    {
        using var target = new Target(HttpStatusCode.ServiceUnavailable, HttpStatusCode.TooManyRequests, HttpStatusCode.OK)
        {
            RetryAfter = [new(TimeSpan.FromSeconds(7)), new(Target.Start + TimeSpan.FromSeconds(12))],
        };
        await target.SendAsync(HttpMethod.Get);
        Assert.Contains(TimeSpan.FromSeconds(7), target.Timers);
        Assert.True(target.Calls[1] >= Target.Start + TimeSpan.FromSeconds(7));
        Assert.True(target.Calls[2] >= Target.Start + TimeSpan.FromSeconds(12));
        Assert.DoesNotContain(target.Timers, timer => timer > TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task A_Retry_After_beyond_patience_is_answered_at_once()
    {
        using var target = new Target(Defaults, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK) { RetryAfter = [new(TimeSpan.FromMinutes(10))] };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await target.SendAsync(HttpMethod.Get)).StatusCode);
        Assert.Single(target.Calls);
    }

    [Fact]
    public async Task Without_it_the_pauses_grow()
    {
        using var target = new Target(options => options.Retry.Randomizer = () => 0.5, [.. Enumerable.Repeat(HttpStatusCode.BadGateway, 3), HttpStatusCode.OK]);
        await target.SendAsync(HttpMethod.Get);
        var pauses = target.Timers;
        Assert.Equal(3, pauses.Count);
        Assert.True(pauses[0] < pauses[1] && pauses[1] < pauses[2], string.Join(", ", pauses));
    }

    [Fact]
    public async Task A_target_that_never_answers_ends_in_a_timeout()
    {
        using var target = new Target(Defaults) { Hangs = true };
        await Assert.ThrowsAsync<TimeoutRejectedException>(() => target.SendAsync(HttpMethod.Get));
        Assert.True(target.Now - target.Calls[0] >= TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_gives_way_to_the_next()
    {
        using var target = new Target(options => options.AttemptTimeout.Timeout = TimeSpan.FromSeconds(10)) { Hangs = true };
        using var cancel = new CancellationTokenSource();
        var sending = target.SendOnlyAsync(HttpMethod.Get, cancellationToken: cancel.Token);
        await target.AdvanceUntilAsync(() => target.Calls.Count == 2);
        Assert.True(target.Calls[1] - target.Calls[0] >= TimeSpan.FromSeconds(10));
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task The_callers_cancellation_is_the_callers()
    {
        using var target = new Target { Hangs = true };
        using var cancel = new CancellationTokenSource();
        var sending = target.SendOnlyAsync(HttpMethod.Get, cancellationToken: cancel.Token);
        await Wait.UntilAsync(() => target.Calls.Count == 1);
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        Assert.Single(target.Calls);
    }

    [Fact]
    public async Task A_dead_target_is_spared_and_others_are_not_affected()
    {
        using var target = new Target([.. Enumerable.Repeat(HttpStatusCode.ServiceUnavailable, 1000)]);
        for (var i = 0; i < 100; i++)
            await target.SendOnlyAsync(HttpMethod.Post);
        await Assert.ThrowsAsync<BrokenCircuitException>(() => target.SendOnlyAsync(HttpMethod.Post));
        var calls = target.Calls.Count;
        Assert.Equal(100, calls);
        await target.SendOnlyAsync(HttpMethod.Post, request => request.RequestUri = new Uri("http://other/"));
        Assert.Equal(101, target.Calls.Count);
    }

    [Fact]
    public async Task More_requests_than_the_limit_fail_at_once()
    {
        using var target = new Target(options: o => o.RateLimiter.DefaultRateLimiterOptions.PermitLimit = 1) { Hangs = true };
        using var cancel = new CancellationTokenSource();
        var first = target.SendOnlyAsync(HttpMethod.Get, cancellationToken: cancel.Token);
        await Assert.ThrowsAsync<HttpRequestException>(() => target.SendOnlyAsync(HttpMethod.Get));
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
    }

    [Fact]
    public async Task What_is_retried_can_be_replaced()
    {
        using var target = new Target(options => options.Retry.ShouldHandle = args => new(args.Outcome.Result?.StatusCode == HttpStatusCode.NotFound), HttpStatusCode.NotFound, HttpStatusCode.BadGateway);
        Assert.Equal(HttpStatusCode.BadGateway, (await target.SendAsync(HttpMethod.Post)).StatusCode);
    }

    [Fact]
    public async Task A_client_can_do_without()
    {
#pragma warning disable EXTEXP0001 // The official package may still change this method.
        using var target = new Target(HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK) { Change = client => client.RemoveAllResilienceHandlers() };
#pragma warning restore EXTEXP0001
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await target.SendOnlyAsync(HttpMethod.Get)).StatusCode);
    }

    static void Defaults(HttpStandardResilienceOptions options)
    {
        var defaults = new HttpStandardResilienceOptions();
        (options.TotalRequestTimeout, options.AttemptTimeout) = (defaults.TotalRequestTimeout, defaults.AttemptTimeout);
    }

    sealed class RecordingTime(DateTimeOffset start) : FakeTimeProvider(start)
    {
        public ConcurrentQueue<TimeSpan> Timers { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero && period == Timeout.InfiniteTimeSpan)
                Timers.Enqueue(dueTime);
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }

    /// <summary>A client with resilience, a clock that the test moves, and a target that answers as told.</summary>
    sealed class Target : HttpMessageHandler
    {
        public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        readonly RecordingTime _time = new(Start);
        readonly Queue<HttpStatusCode> _answers;
        readonly Action<HttpStandardResilienceOptions>? _options;
        ServiceProvider? _services;
        int _calls;

        public Target(params HttpStatusCode[] answers) => _answers = new(answers);

        public Target(Action<HttpStandardResilienceOptions> options, params HttpStatusCode[] answers) : this(answers) => _options = options;

        public List<DateTimeOffset> Calls { get; } = [];

        public List<string> Bodies { get; } = [];

        public System.Net.Http.Headers.RetryConditionHeaderValue[] RetryAfter { get; init; } = [];

        public Exception? FailFirst { get; init; }

        public bool Hangs { get; init; }

        public Action<IHttpClientBuilder>? Change { get; init; }

        public DateTimeOffset Now => _time.GetUtcNow();

        /// <summary>The pauses between attempts so far.</summary>
        public IReadOnlyList<TimeSpan> Timers => [.. _time.Timers];

        /// <summary>Sends, and moves the clock until there is an outcome.</summary>
        public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Action<HttpRequestMessage>? change = null)
        {
            var sending = SendOnlyAsync(method, change);
            await AdvanceUntilAsync(() => sending.IsCompleted);
            return await sending;
        }

        public Task AdvanceUntilAsync(Func<bool> condition) => Wait.AdvanceUntilAsync(_time, TimeSpan.FromMilliseconds(20), condition);

        public async Task<HttpResponseMessage> SendOnlyAsync(HttpMethod method, Action<HttpRequestMessage>? change = null, CancellationToken cancellationToken = default)
        {
            using var request = new HttpRequestMessage(method, "http://target/");
            change?.Invoke(request);
            return await Client().SendAsync(request, cancellationToken);
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var call = _calls++;
            Calls.Add(_time.GetUtcNow());
            if (request.Content is not null)
                Bodies.Add(await request.Content.ReadAsStringAsync(cancellationToken));
            if (call == 0 && FailFirst is not null)
                throw FailFirst;
            if (Hangs)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            var response = new HttpResponseMessage(_answers.Dequeue());
            response.Headers.RetryAfter = RetryAfter.ElementAtOrDefault(call);
            return response;
        }

        protected override void Dispose(bool disposing)
        {
            _services?.Dispose();
            base.Dispose(disposing);
        }

        HttpClient Client()
        {
            if (_services is null)
            {
                var services = new ServiceCollection();
                services.AddSingleton<TimeProvider>(_time);
                services.AddLogging();
                services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
                Platform.AddHttpDefaults(services);
                var client = services.AddHttpClient("test").ConfigurePrimaryHttpMessageHandler(() => this);
                // The test's clock may run ahead of the code, so limits are out of its reach unless a test is about them.
                services.ConfigureAll<HttpStandardResilienceOptions>(options =>
                {
                    options.TotalRequestTimeout.Timeout = TimeSpan.FromHours(20);
                    options.CircuitBreaker.SamplingDuration = TimeSpan.FromHours(20);
                    options.AttemptTimeout.Timeout = TimeSpan.FromHours(10);
                });
                if (_options is not null)
                    services.ConfigureAll(_options);
                Change?.Invoke(client);
                _services = services.BuildServiceProvider();
            }

            return _services.GetRequiredService<IHttpClientFactory>().CreateClient("test");
        }
    }
}
