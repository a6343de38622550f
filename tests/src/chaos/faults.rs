/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A worker is killed with SIGKILL.
    KillWorker,
    /// A worker is told to end, and another starts.
    TerminateWorker,
    /// A worker is stopped for longer than its lease, and goes on (`SIGSTOP`, `SIGCONT`).
    FreezeWorker,
    /// The API is killed with SIGKILL.
    KillApi,
    /// The API is told to end, and another starts.
    TerminateApi,
    /// Redis is killed with SIGKILL and comes back empty.
    KillRedis,
    /// Redis is emptied (`FLUSHALL`).
    FlushRedis,
    /// Redis drops all its clients (`CLIENT KILL`).
    DropRedisClients,
    /// Redis takes connections and says nothing; the old ones stay open.
    HangRedis,
    /// Redis refuses connections.
    CutRedis,
    /// Redis is full and refuses writes (`maxmemory`, `noeviction`).
    FillRedis,
    /// PostgreSQL is ended without warning and recovers.
    CrashPostgres,
    /// PostgreSQL takes connections and says nothing; the old ones stay open.
    HangPostgres,
    /// PostgreSQL ends all sessions.
    DropPostgresSessions,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::KillWorker,
        Self::TerminateWorker,
        Self::FreezeWorker,
        Self::KillApi,
        Self::TerminateApi,
        Self::KillRedis,
        Self::FlushRedis,
        Self::DropRedisClients,
        Self::HangRedis,
        Self::CutRedis,
        Self::FillRedis,
        Self::CrashPostgres,
        Self::HangPostgres,
        Self::DropPostgresSessions,
    ];
}
