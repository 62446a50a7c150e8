function tellVisitAlerts() {
  window.visitAlerts = window.visitAlerts || [];
  window.visitAlerts.push({ consent: CookieConsent.acceptedCategory("analytics") });
}

CookieConsent.run({
  categories: { necessary: { enabled: true, readOnly: true }, analytics: {} },
  onConsent: tellVisitAlerts, // on each page, once the visitor has chosen, whatever they have chosen
  onChange: tellVisitAlerts,
  language: {
    default: "en",
    translations: {
      en: {
        consentModal: {
          title: "May we recognise you?",
          description: "If you agree, your contact with us sees which of our pages you read.",
          acceptAllBtn: "Accept all",
          acceptNecessaryBtn: "Reject all",
          showPreferencesBtn: "Choose",
        },
        preferencesModal: {
          title: "Your choice",
          acceptAllBtn: "Accept all",
          acceptNecessaryBtn: "Reject all",
          savePreferencesBtn: "Save",
          sections: [
            { title: "Needed for the site to work", linkedCategory: "necessary" },
            { title: "Which pages you read", linkedCategory: "analytics" },
          ],
        },
      },
    },
  },
});
