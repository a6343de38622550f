use secrecy::ExposeSecret;
use suite_core::config::RedisConfig;
use suite_queue::inspect::{self, RedisFacts};

use super::{
    Subject,
    check::{Check, Source},
    postgresql::clock_check,
};
use crate::cli::show;

/// Looks at Redis by itself; nothing that is durable depends on it.
pub(super) async fn examine(subject: &Subject<'_>) -> Vec<Check> {
    let before = subject.clock.now();
    match inspect::inspect(&subject.settings.redis).await {
        Ok(facts) => {
            let after = subject.clock.now();
            let mut checks = vec![
                answers(&facts, after - before),
                eviction(&facts),
                persistence(&facts),
            ];
            checks.extend(memory(&facts));
            checks.push(clock_check(Source::Redis, before, facts.now, after));
            checks
        }
        Err(error) => vec![
            Check::fail("redis", Source::Redis, show::chain(&error)).advise(
                "no job is lost and jobs can still be enqueued, but none starts: start Redis or correct REDIS_URL",
            ),
        ],
    }
}

/// Looks at the server of the cache, where it has one of its own: without it everything works, only slower.
pub(super) async fn examine_cache(subject: &Subject<'_>) -> Option<Check> {
    const NAME: &str = "cache";
    let redis = &subject.settings.redis;
    if redis.cache_url.expose_secret().is_empty() {
        return None;
    }
    let of_cache = RedisConfig {
        url: redis.cache_url.clone(),
        ..redis.clone()
    };
    Some(match inspect::inspect(&of_cache).await {
        Err(error) => Check::warn(NAME, Source::Redis, show::chain(&error))
            .advise("answers are made anew each time: start it or correct REDIS_CACHE_URL"),
        Ok(facts) if facts.eviction_policy == "noeviction" => Check::warn(
            NAME,
            Source::Redis,
            "maxmemory-policy is noeviction: a full cache takes nothing new",
        )
        .advise("set its maxmemory-policy to allkeys-lru"),
        Ok(facts) => Check::ok(
            NAME,
            Source::Redis,
            format!(
                "{}: what is asked for least makes room",
                facts.eviction_policy
            ),
        ),
    })
}

fn answers(facts: &RedisFacts, took: chrono::TimeDelta) -> Check {
    let fact = format!(
        "{} answers in {} ms",
        facts.version,
        took.num_milliseconds()
    );
    if facts.role == "master" {
        Check::ok("redis", Source::Redis, fact)
    } else {
        Check::fail(
            "redis",
            Source::Redis,
            format!("{fact}, but is a {} and takes no writes", facts.role),
        )
        .advise("REDIS_URL must name the primary")
    }
}

/// Ids of jobs have no time to live, everything else has: only the policies for all keys take them. Without a server of its
/// own for the cache, the one that it shares with the jobs must not have such a policy.
fn eviction(facts: &RedisFacts) -> Check {
    if facts.eviction_policy.starts_with("volatile-") {
        Check::warn(
            "eviction",
            Source::Redis,
            format!(
                "{}: a full Redis forgets kept answers and keeps ids of jobs",
                facts.eviction_policy
            ),
        )
        .advise("noeviction, and a cache of its own in REDIS_CACHE_URL, keep the two apart")
    } else if facts.eviction_policy == "noeviction" {
        Check::ok(
            "eviction",
            Source::Redis,
            "noeviction: a full Redis refuses, it forgets nothing",
        )
    } else {
        Check::fail(
            "eviction",
            Source::Redis,
            format!("maxmemory-policy is {}: a full Redis throws ids of jobs away", facts.eviction_policy),
        )
        .advise("set maxmemory-policy to noeviction (Render: maxmemoryPolicy; Heroku: heroku redis:maxmemory)")
    }
}

fn persistence(facts: &RedisFacts) -> Check {
    if !facts.is_saved {
        Check::fail(
            "persistence",
            Source::Redis,
            "the last write to disk failed",
        )
        .advise("look at its disk and its log")
    } else if facts.appends {
        Check::ok("persistence", Source::Redis, "append-only file is on")
    } else {
        Check::warn("persistence", Source::Redis, "append-only file is off: a restart empties the queues")
            .advise("nothing is lost, the keeper fills them again from PostgreSQL; appendonly yes saves it the work")
    }
}

fn memory(facts: &RedisFacts) -> Option<Check> {
    let percent = (facts.used_bytes * 100).checked_div(facts.limit_bytes)?;
    let fact = format!("{percent} % of {} MiB used", facts.limit_bytes >> 20);
    Some(match percent {
        ..80 => Check::ok("memory", Source::Redis, fact),
        80..95 => Check::warn("memory", Source::Redis, fact).advise("give it more memory soon"),
        _ => Check::fail("memory", Source::Redis, fact)
            .advise("give it more memory: it refuses new ids when it is full"),
    })
}
