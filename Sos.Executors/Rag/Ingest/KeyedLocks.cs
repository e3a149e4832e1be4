using System.Runtime.InteropServices;

namespace Sos.Executors.Rag.Ingest;

/// <summary>One at a time per key, in this process; a key that nobody waits for takes no memory.</summary>
internal sealed class KeyedLocks<TKey>
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, Turn> turns = [];

    /// <summary>Waits for the key's turn, which ends when what is returned is disposed.</summary>
    public async Task<IDisposable> EnterAsync(TKey key, CancellationToken cancellationToken)
    {
        Turn turn;
        lock (gate)
        {
            turn = CollectionsMarshal.GetValueRefOrAddDefault(turns, key, out _) ??= new Turn();
            turn.Users++;
        }
        try
        {
            await turn.Semaphore.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Leave(key, turn);
            throw;
        }
        return new Exit(this, key, turn);
    }

    private void Leave(TKey key, Turn turn)
    {
        lock (gate)
        {
            if (--turn.Users == 0)
                turns.Remove(key);
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Semaphore { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Exit(KeyedLocks<TKey> locks, TKey key, Turn turn) : IDisposable
    {
        public void Dispose()
        {
            turn.Semaphore.Release();
            locks.Leave(key, turn);
        }
    }
}
