namespace Sos.Executors.Tests.Mcp;

/// <summary>A small MCP server of our own, for what no server does on request: counting, changing its tools, spawning children, ending.</summary>
internal static class ScriptedServer
{
    /// <summary>Its tools are named in the file that the environment variable TOOLS_FILE names, one a line; every one does what its name says.</summary>
    public const string Script = """
        import { createInterface } from 'node:readline';
        import { readFileSync } from 'node:fs';
        import { spawn } from 'node:child_process';

        let lists = 0;
        const write = message => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
        const text = (id, value) => write({ id, result: { content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] } });
        const tools = () => readFileSync(process.env.TOOLS_FILE, 'utf8').split('\n').filter(name => name);
        const actions = {
          lists: id => text(id, String(lists)),
          pid: id => text(id, String(process.pid)),
          where: id => text(id, process.cwd()),
          meta: (id, params) => text(id, params._meta ?? {}),
          changed: id => { write({ method: 'notifications/tools/list_changed' }); text(id, 'told'); },
          child: id => text(id, String(spawn('sleep', ['1000'], { stdio: 'ignore' }).pid)),
          orphan: id => { const child = spawn('sleep', ['1000'], { stdio: 'ignore' }); text(id, String(child.pid)); setImmediate(() => process.exit(3)); },
          exit: () => process.exit(7),
          huge: () => { process.stdout.write('{"jsonrpc":"2.0","x":"' + 'x'.repeat(20_000_000)); },
          silence: () => { },
          freeze: () => { while (true) { } },
          stubborn: id => { process.on('SIGTERM', () => { }); setInterval(() => { }, 1000); text(id, String(process.pid)); },
          chatter: id => { console.log('Warning: this is no message'); console.log('[1, 2]'); console.log('{ not json'); text(id, 'said'); },
          refuse: id => write({ id, error: { code: -32602, message: 'No such luck.' } }),
        };
        createInterface({ input: process.stdin }).on('line', line => {
          const { id, method, params } = JSON.parse(line);
          if (method === 'initialize')
            write({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: { listChanged: true } }, serverInfo: { name: 'scripted', version: '1' } } });
          else if (method === 'tools/list') {
            lists++;
            const cursor = Number(params?.cursor ?? 0), all = tools();
            write({ id, result: {
              tools: all.slice(cursor, cursor + 10).map(name => ({ name, inputSchema: { type: 'object', ...(name === 'bulky' ? { description: 'x'.repeat(100_000) } : {}) } })),
              ...(cursor + 10 < all.length ? { nextCursor: String(cursor + 10) } : {}) } });
          }
          else if (method === 'tools/call')
            actions[params.name](id, params);
          else if (id !== undefined)
            write({ id, error: { code: -32601, message: 'Method not found' } });
        });
        console.error('ready');
        """;
}
