-- The roles stay: they belong to the cluster and other databases may use them.
DROP FUNCTION protect_account_table(regclass, text);
DROP FUNCTION grant_table(regclass);
DROP FUNCTION fleet_scope();
DROP FUNCTION current_account();
