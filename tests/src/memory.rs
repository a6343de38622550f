use std::io;

/// Which memory of a process is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// What it holds now.
    Resident,
    /// The most it ever held.
    Peak,
}

/// Returns the memory of a process in KiB, as the system tells it.
///
/// # Errors
/// When there is no such process, or the system does not tell.
pub fn memory_kib(process: u32, which: Memory) -> io::Result<u64> {
    let name = match which {
        Memory::Resident => "VmRSS:",
        Memory::Peak => "VmHWM:",
    };
    let path = format!("/proc/{process}/status");
    let status = std::fs::read_to_string(&path)?;
    let mut lines = status.lines();
    lines
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .ok_or_else(|| io::Error::other(format!("{path} has no {name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_holds_memory_and_never_held_less() {
        let of = |which| memory_kib(std::process::id(), which).unwrap();
        let resident = of(Memory::Resident);
        assert!(resident > 0);
        assert!(of(Memory::Peak) >= resident);
        assert!(memory_kib(u32::MAX, Memory::Peak).is_err());
    }
}
