using System.Runtime.Versioning;

// Signals, file modes and users: these tests speak POSIX.
[assembly: UnsupportedOSPlatform("windows")]
