-- A person may state the window of a provider's models, in tokens.
ALTER TABLE providers ADD COLUMN window_tokens INTEGER;
