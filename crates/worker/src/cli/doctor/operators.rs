use suite_core::credentials::normalize_email;
use suite_db::{FleetTx, users};

use super::{
    Subject,
    check::{Check, Source},
};

/// Whether everybody who is to be told of what is out of order can be. Whoever registers an address of an operator becomes one,
/// so that an address without an account is also a door that stands open.
pub(super) async fn examine(subject: &Subject<'_>, tx: &mut FleetTx) -> anyhow::Result<Check> {
    const NAME: &str = "operators";
    let addresses = &subject.settings.security.operator_emails;
    if addresses.is_empty() {
        let fact = "OPERATOR_EMAILS names nobody: no alert is mailed";
        return Ok(Check::warn(NAME, Source::Environment, fact)
            .advise("make an account for yourself, then name its address"));
    }
    let mut unknown = Vec::new();
    for address in addresses {
        let login = match normalize_email("OPERATOR_EMAILS", address) {
            Ok(address) => users::find_login(tx, &address).await?,
            Err(_) => None,
        };
        if login.is_none() {
            unknown.push(address.as_str());
        }
    }
    Ok(if unknown.is_empty() {
        let fact = "every address in OPERATOR_EMAILS has an account";
        Check::ok(NAME, Source::PostgreSql, fact)
    } else {
        let fact = format!(
            "no account for {}: no alert is mailed there, and whoever registers it becomes an operator",
            unknown.join(", ")
        );
        Check::warn(NAME, Source::PostgreSql, fact)
            .advise("suitectl accounts create ADDRESS, or take it out of OPERATOR_EMAILS")
    })
}
