use anyhow::bail;

use super::Console;

/// Asks before something is done that cannot be undone. `yes` stands for the answer.
///
/// # Errors
/// When the answer is no, or nobody is there to answer.
pub(super) fn confirm(console: &mut Console<'_>, yes: bool, question: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    if !console.is_interactive {
        bail!("{question} Nobody is here to answer: say --yes");
    }
    console.out.flush()?;
    write!(console.err, "{question} [y/N] ")?;
    console.err.flush()?;
    let mut answer = String::new();
    console.input.read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        bail!("nothing was done")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(input: &str, yes: bool, is_interactive: bool) -> (Result<(), String>, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console {
            out: &mut out,
            err: &mut err,
            input: &mut input.as_bytes(),
            is_interactive,
        };
        let result =
            confirm(&mut console, yes, "Delete 3 jobs?").map_err(|error| error.to_string());
        (result, String::from_utf8(err).unwrap())
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        let asked = "Delete 3 jobs? [y/N] ".to_owned();
        assert_eq!(answer("y\n", false, true), (Ok(()), asked.clone()));
        for input in ["\n", "n\n", "", "yep\n"] {
            let (result, question) = answer(input, false, true);
            assert_eq!(result, Err("nothing was done".to_owned()), "{input:?}");
            assert_eq!(question, asked);
        }
    }

    #[test]
    fn a_script_must_say_yes_itself() {
        let (result, question) = answer("y\n", false, false);
        assert!(result.unwrap_err().ends_with("say --yes"));
        assert_eq!(question, "");
        assert_eq!(answer("", true, false), (Ok(()), String::new()));
    }
}
