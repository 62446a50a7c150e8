"""The wizard in which an editor sets up an alert: five steps over one ``WizardRun`` row (docs/wizard.md)."""
